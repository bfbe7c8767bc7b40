"""How people sign in: accounts with a password and a second factor, and the sessions that follow.

routing keeps those of its people, feedback those of the evaluation body's: who is judged holds no key to the judges.
intake keeps none; it and feedback know routing's people by their passes (`services.passes`).
"""

from services.roles import Role
from services.settings import ServiceName

KEEPERS: tuple[ServiceName, ...] = ("routing", "feedback")
"""The services that have accounts and sessions of their own."""
SECOND_FACTOR = frozenset({Role.ADMINISTRATOR, Role.OFFICER, Role.CALLER, Role.SUPERVISOR})
"""Who needs a second factor: administrators, who may reveal (officer, caller), who grants a reveal (supervisor)."""
