"""Who works on an order of the committee, and what they say when it is done."""

from grid_centre import CITY, COMMITTEE, STREET, Centre, Desk

DONE = {"done": "上门劝导，双方约定夜间十点后不再喧哗", "public_answer": "已上门劝导，对方承诺夜间不再喧哗。"}
REACHED = {"how": "phone", "result": "reached"}


class Team:
    """Who works on an order of the committee: its officer, the street's leader, a city supervisor and dispatcher."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre

    async def come(self) -> "Team":
        self.officer = await self.centre.desk("officer", COMMITTEE)
        self.leader = await self.centre.desk("leader", STREET)
        self.supervisor = await self.centre.desk("supervisor", CITY)
        self.dispatcher = await self.centre.desk("dispatcher", CITY)
        return self

    async def handle(self, case_no: str, *, officer: Desk | None = None) -> None:
        await self.centre.made(officer or self.officer, case_no, "accept")
        await self.centre.made(officer or self.officer, case_no, "report-done", DONE)

    async def survey(self, case_no: str, *, officer: Desk | None = None) -> None:
        await self.handle(case_no, officer=officer)
        await self.centre.made(self.supervisor, case_no, "approve", {"finding": "属实"})
