"""One settings class for all services, from the environment (GRIDLOOP_*) or the embedded data directory.

Everything has a safe default except secrets: those have none, and a value that looks like a placeholder is refused.
"""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.secret_files import SecretFiles

ServiceName = Literal["intake", "routing", "feedback"]
SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)
PLACEHOLDERS = ("changeme", "change-me", "secret", "password", "default", "example", "placeholder")


def _no_placeholder(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) < 24 or any(word in text.lower() for word in PLACEHOLDERS):
        raise ValueError(
            "a secret needs at least 24 characters and must not be a placeholder; make one with "
            "`openssl rand -base64 32`"
        )
    return secret


Secret = Annotated[SecretStr, AfterValidator(_no_placeholder)]


class MissingSetting(Exception):
    """A setting that this command needs is not set."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"GRIDLOOP_{name.upper()} is not set: {why}")


NO_SCANNER = "none"


class Settings(BaseSettings):
    """Read once when a process starts. Docs: docs/settings.md is checked against this class."""

    model_config = SettingsConfigDict(
        env_prefix="GRIDLOOP_", extra="ignore", secrets_dir=None, hide_input_in_errors=True
    )

    database_url: str | None = Field(
        None,
        description="The owner's address of the database, for `gridloop migrate` alone; "
        "without it the embedded PostgreSQL is used.",
    )
    intake_database_url: str | None = Field(None, description="Address of the database for intake's own role.")
    routing_database_url: str | None = Field(None, description="Address of the database for routing's own role.")
    feedback_database_url: str | None = Field(None, description="Address of the database for feedback's own role.")
    data_dir: Path = Field(
        Path(".gridloop"), description="Where the embedded PostgreSQL, its secrets and `credentials.json` live."
    )
    intake_url: str = Field(
        "http://127.0.0.1:8311", description="Where intake is reached by its peers (without the `/intake` prefix)."
    )
    routing_url: str = Field("http://127.0.0.1:8311", description="Where routing is reached by its peers.")
    feedback_url: str = Field("http://127.0.0.1:8311", description="Where feedback is reached by its peers.")
    public_url: str = Field(
        "http://127.0.0.1:8311",
        description="The address people open; one-time links start with it. With `https` cookies are `Secure`.",
    )
    link_intake_routing: Secret | None = Field(
        None, description="Secret shared by intake and routing to sign their messages."
    )
    link_routing_feedback: Secret | None = Field(None, description="Secret shared by routing and feedback.")
    link_intake_feedback: Secret | None = Field(None, description="Secret shared by intake and feedback.")
    survey_secret: Secret | None = Field(
        None, description="Standard Webhooks secret (`whsec_…`) of the survey provider; feedback alone has it."
    )
    survey_url: str | None = Field(
        None,
        description="Where the survey provider takes signed batches of surveys to call; without it none are offered.",
    )
    answer_key: Secret | None = Field(
        None,
        description="Key under which digests of requests and tokens are made; each service may have its own.",
    )
    master_keys: Secret | None = Field(None, description="Intake's vault: `id:base64` lines, the last one current.")
    master_keys_file: Path | None = Field(
        None, description="The same in a file, read again when it changes, so that keys rotate while intake runs."
    )
    key_service: Literal["fake"] | None = Field(
        None,
        description="A key management service that holds the master keys in place of these two; `fake` plays one.",
    )
    cipher_suite: Literal["aes", "sm"] = Field(
        "aes", description="AES-256-GCM with SHA-256, or the national SM4-GCM with SM3."
    )
    city_preset: str = Field("shanghai", description="Limits, rounds and survey rules: `shanghai` or `beijing`.")
    issue_threshold: float = Field(
        0.72, description="Below this confidence the matcher does not choose an issue and asks a dispatcher."
    )
    notification_adapter: Literal["console", "mute", "providers"] = Field(
        "console",
        description="How citizens are told: `console` prints the template's key, the case and its link, never to whom; "
        "`mute` is for plays; `providers` sends by SMS and WeCom, whichever is set up.",
    )
    notice_consent: Literal["opt_out", "opt_in"] = Field(
        "opt_out",
        description="`opt_out`: who left a number is told of their own report until they say no; `opt_in`: nothing is "
        "sent before they say yes. WeCom always takes a yes.",
    )
    notice_templates: Path | None = Field(
        None, description="The city's own templates (YAML, docs/notices.md); without it those of the software."
    )
    sms_url: str | None = Field(None, description="Where the text message provider takes signed messages.")
    sms_secret: Secret | None = Field(None, description="Standard Webhooks secret (`whsec_…`) shared with it.")
    wecom_corp_id: str | None = Field(None, description="企业 ID of the city's WeCom (企业微信), for notices there.")
    wecom_agent_id: int | None = Field(None, description="AgentId of the WeCom application that speaks.")
    wecom_secret: SecretStr | None = Field(None, description="Secret of that application; WeCom makes it.")
    wecom_url: str = Field("https://qyapi.weixin.qq.com", description="Where WeCom's API is reached.")
    events_kept_days: int = Field(
        90, ge=1, description="How long case events can be read by others; a cursor older than that is answered 410."
    )
    relay_adapter: Literal["fake"] = Field(
        "fake",
        description="The telephone relay that connects callers with citizens without a number; `fake` plays one.",
    )
    retention_rules: Path | None = Field(
        None, description="A city's own retention rules in place of `services/retention/rules.yaml` (same classes)."
    )
    erasure_log: Path | None = Field(
        None,
        description="Where intake notes what was erased, for the day an older backup is restored; by default "
        "`erasures.jsonl` in the data directory. It belongs on another medium than the database.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    otlp_endpoint: str | None = Field(
        None,
        description="An OpenTelemetry collector that takes traces by OTLP over HTTP (`http://collector:4318`); without "
        "it nothing is exported.",
    )
    trace_ratio: float = Field(
        1.0, ge=0, le=1, description="The share of traces that is exported; every service keeps the same ones."
    )
    body_limit: int = Field(1_048_576, description="Bytes a JSON body may have; more is answered 413.")
    public_rate_per_minute: int = Field(
        60, ge=1, description="How often one address may ask what needs no key in a minute; more is answered 429."
    )
    open311_jurisdictions: str = Field(
        "",
        description="The `jurisdiction_id`s that Open311 serves, by commas; `ID=310101` is the grid of that code, an "
        "ID alone the whole city. Without it the preset's name is the only one.",
    )
    key_rate_per_minute: int = Field(
        60_000,
        ge=1,
        description="How often one key or session may ask in a minute, over all workers; more is answered 429.",
    )
    address_rate_per_minute: int = Field(
        120_000, ge=1, description="The same for one address, whatever keys come from it."
    )
    guesses_per_minute: int = Field(
        60, ge=1, description="How often one address may send a key that is none in a minute; more is answered 429."
    )
    open311_point_metres: int = Field(
        0,
        ge=0,
        le=5_000,
        description="How coarse the points of public cases are for readers who did not post them: the middle of a cell "
        "so many metres wide, and the address without its house number; 0 shows both as they were posted.",
    )
    public_maps: bool = Field(
        False,
        description="Whether anybody may read `/routing/v1/maps` without a key. Publishing outlines of grids may need "
        "the approval of a map authority (审图号): ask first.",
    )
    public_minimum: int = Field(
        10, ge=3, description="A place is shown on a map with its cases only if it stands for at least so many."
    )
    callback_hosts: str = Field(
        "",
        description="Hosts, by commas, that callbacks of the hotline bridge may reach without https or inside our own "
        "networks, or at another port (`127.0.0.1`, `hotline.gov.internal:8443`). All others need https, port 443 "
        "and a public address.",
    )
    trusted_proxy: bool = Field(
        False,
        description="Whether a proxy of ours stands before every service: then the last hop of `X-Forwarded-For` is "
        "who asks; otherwise the header is ignored.",
    )
    malware_scanner: str = Field(
        NO_SCANNER,
        pattern=r"^(none|unix:/[^?#]+|tcp://[A-Za-z0-9.-]+:[0-9]{1,5})$",
        description="Who looks at files before they are taken: `none`, or a clamd at `unix:/run/clamav/clamd.ctl` or "
        "`tcp://host:3310`. What it finds is refused, and where it does not answer every file is.",
    )
    session_idle_minutes: int = Field(30, ge=1, description="A session that nobody used for so long is over.")
    session_hours: int = Field(12, ge=1, description="A session is over after so many hours, used or not.")
    pass_minutes: int = Field(
        10,
        ge=1,
        le=60,
        description="How long intake and feedback take routing's word for who is signed in; pages renew it by "
        "themselves. The end of a session is told to them at once; without that news they know it after this time.",
    )
    token_minutes: int = Field(15, ge=1, le=60, description="How long a token of `POST /routing/v1/oauth/token` holds.")
    password_length: int = Field(12, ge=8, le=64, description="Characters that a password has at least.")
    oidc_issuer: str | None = Field(
        None,
        description="The OIDC provider people sign in with (its address without `/.well-known/…`); without it there "
        "are local accounts alone.",
    )
    oidc_client_id: str | None = Field(None, description="Our client id at the OIDC provider.")
    oidc_client_secret: SecretStr | None = Field(None, description="Our client secret there; the provider makes it.")
    oidc_label: str = Field("单位统一身份认证", description="What the sign-in page calls the OIDC provider.")
    pool_size: int = Field(10, description="Database connections kept by a process for each service.")
    max_attempts: int = Field(12, description="How often a message is tried before a person must requeue it.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what it names files for."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @model_validator(mode="after")
    def _no_two_master_keys(self) -> "Settings":
        if sum(each is not None for each in (self.master_keys, self.master_keys_file, self.key_service)) > 1:
            raise ValueError(
                "set one of GRIDLOOP_MASTER_KEYS, GRIDLOOP_MASTER_KEYS_FILE and GRIDLOOP_KEY_SERVICE, not both"
            )
        return self

    @property
    def https(self) -> bool:
        """Whether people come by HTTPS, so that cookies may demand it."""
        return self.public_url.lower().startswith("https://")

    def database_for(self, service: ServiceName) -> str:
        url: str | None = getattr(self, f"{service}_database_url")
        if url is None:
            raise MissingSetting(f"{service}_database_url", f"{service} signs in to PostgreSQL with its own role")
        return url

    def peer_url(self, service: ServiceName) -> str:
        return str(getattr(self, f"{service}_url")).rstrip("/")

    def link_secret(self, one: ServiceName, other: ServiceName) -> str:
        """The secret that two services share, whichever of them asks."""
        name = "link_" + "_".join(s for s in SERVICES if s in (one, other))
        secret: SecretStr | None = getattr(self, name, None)
        if secret is None:
            raise MissingSetting(name, f"{one} and {other} sign what they tell each other")
        return secret.get_secret_value()

    def need(self, name: str, why: str) -> str:
        """The plain value of a secret that must be there."""
        secret: SecretStr | None = getattr(self, name)
        if secret is None:
            raise MissingSetting(name, why)
        return secret.get_secret_value()
