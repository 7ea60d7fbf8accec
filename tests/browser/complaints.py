"""What a browser finds wrong with pages: errors of scripts, and what their policies do not allow."""

from playwright.sync_api import ConsoleMessage, Page


def listened(page: Page) -> list[str]:
    """Return the list of what the browser says from now on that is wrong with *page*."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.extend(_complaint_in(said)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def _complaint_in(said: ConsoleMessage) -> list[str]:
    """Return the complaint in what the browser *said*; that there is no icon is no fault of a page."""
    wrong = said.type == "error" and not said.location["url"].endswith("/favicon.ico")
    return [said.text] if wrong else []
