"""What `gridloop doctor` looks at in intake alone: whether the vault opens with the master keys it is given."""

from intake.ciphers import VaultError
from intake.reporters import vault_of
from services.doctor.findings import Finding, good, problem
from services.rooms import Tools

REMEDY = "one `id:base64` a line, 32 bytes each (`openssl rand -base64 32`), the last one current; docs/identity.md"


async def checks(tools: Tools) -> list[Finding]:
    try:
        vault = vault_of(tools.settings)
        vault.unlock(vault.new_data_key())
    except (VaultError, OSError) as error:
        return [problem("keys", f"the vault does not open: {type(error).__name__}", REMEDY)]
    return [good("keys", "the vault opens with its master keys")]
