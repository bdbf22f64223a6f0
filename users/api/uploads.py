"""Registrars' uploads: accounts, many at once, with a look at each before it is made."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter

from kit.bulk_load import Outcome
from kit.errors import AppError
from kit.web.app import BODY_PROBLEMS, COMMON_PROBLEMS
from kit.web.upload_rows import read_row, tell
from users.api.dependencies import LoaderDep, ThreadsDep
from users.api.requests import MOST_MADE, AccountRow, AccountUpload
from users.api.schemas import UploadedAccount, UploadedAccounts
from users.domain.errors import PasswordMissing, TooManyAtOnce
from users.service.account_loader import AccountLoader

router = APIRouter(tags=["users"])


@router.post(
    "/uploads/accounts",
    summary="Make many accounts",
    responses=COMMON_PROBLEMS | BODY_PROBLEMS,
    description="Make accounts of students and instructors, or only say what would become of each. Repeating it is "
    "safe: an account that is there stays as it is.",
)
async def upload(given: AccountUpload, loader: LoaderDep, threads: ThreadsDep) -> UploadedAccounts:
    rows = [read_row(AccountRow, each, UploadedAccount) for each in given.accounts]
    good = [each for each in rows if isinstance(each, AccountRow)]
    said = iter(await threads.run(loader.check if given.dry_run else partial(_make, loader), good))
    results = [
        tell(next(said), UploadedAccount, dry_run=given.dry_run) if isinstance(each, AccountRow) else each
        for each in rows
    ]
    return UploadedAccounts(results=results)


def _make(loader: AccountLoader, rows: Sequence[AccountRow]) -> list[Outcome | AppError]:
    """Where the database stops answering, the reply still lists what was made."""
    outcomes: list[Outcome | AppError] = []
    for row in rows:
        try:
            if len(outcomes) >= MOST_MADE:
                raise TooManyAtOnce(MOST_MADE)
            outcomes.append(loader.add(row, _refuse))
        except AppError as error:
            outcomes.append(error)
    return outcomes


def _refuse(username: str, _: str) -> None:
    raise PasswordMissing(username)
