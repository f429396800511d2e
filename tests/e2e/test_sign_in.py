"""
Signing in, in a room where names may belong to accounts.
"""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import Chromium
from tests.e2e.server import Server
from tests.e2e.stories import story
from tests.e2e.test_accessibility import findings

OPTIONS: Final = ("--auth", "memory:Ann:correct horse", "--guests", "read-only")
COMPOSER: Final = re.compile("^Message")


def arrive(page: Page, url: str) -> None:
    """A stranger finds a name, and a password for who has one; nothing more is asked of them."""
    page.goto(url)
    name, password = page.get_by_label("Your name"), page.get_by_label(re.compile("^Password"))
    expect(name).to_be_focused()
    expect(password).to_have_attribute("autocomplete", "current-password")
    expect(name).to_have_attribute("autocomplete", "username")
    expect(page.get_by_text("As a guest, by any name, you can read.")).to_be_visible()
    expect(page.get_by_role("button", name="Enter as a guest")).to_be_visible()
    assert findings(page) == []


def sign_in(page: Page) -> None:
    """The name is an account's; one password is wrong, the other is right."""
    password = page.get_by_label(re.compile("^Password"))
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="belongs to an account")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Use .*Ann 2"))).to_be_visible()
    expect(password).to_be_focused()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    password.fill("wrong horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="This is not the password.")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("alert").filter(has_text="密码不对")).to_be_visible()
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    password.fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name=COMPOSER)).to_be_focused()


def take_another_name(page: Page) -> None:
    """Who is called as somebody with an account takes the free name that is offered."""
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("Use .*Ann 2")).click()
    expect(page.locator("#me-name")).to_have_text("Ann 2")


def settings(page: Page) -> None:
    """Open the settings."""
    page.locator("#me").click()
    page.locator("#settings[open]").wait_for()


def sign_out(page: Page) -> None:
    """The settings tell who I am, and let me out; nothing of me is left."""
    settings(page)
    expect(page.get_by_text("You are signed in as")).to_be_visible()
    expect(page.get_by_role("button", name="Change")).to_be_hidden()
    assert findings(page) == []
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    expect(page.get_by_label("Your name")).to_have_value("")
    assert not [key for key in page.evaluate("Object.keys(localStorage)") if "token" in key]


def be_a_guest(page: Page) -> None:
    """A guest may read here, is told so, and finds where to sign in."""
    page.get_by_label("Your name").fill("Guest")
    page.get_by_role("button", name="Enter as a guest").click()
    expect(page.get_by_role("log").get_by_text("hello from my account")).to_be_visible()
    expect(page.locator("#rules")).to_be_visible()
    settings(page)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button", name="Change")).to_be_visible()


def be_classic(page: Page, url: str) -> None:
    """The page for old browsers signs in, and out, as well."""
    page.goto(url)
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label(re.compile("^Password")).fill("wrong horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="This is not the password.")).to_be_visible()
    page.get_by_label(re.compile("^Password")).fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.get_by_text("hello from my account")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Ann · sign out").click()
    expect(page.get_by_label("Your name")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Your name")).to_be_visible()


@pytest.mark.parametrize("server", [OPTIONS], indirect=True)
@story
async def test_accounts_and_guests(chromium: Chromium, server: Server) -> None:
    """Somebody signs in, comes back, signs out, and is a guest then."""
    ann = await chromium.open("about:blank")
    await ann.do(arrive, ann.page, server.url())
    await ann.do(sign_in, ann.page)
    await ann.say("hello from my account")
    await ann.hears([("Ann", "hello from my account")])

    await ann.do(ann.page.reload)
    await ann.do(expect(ann.page.get_by_role("textbox", name=COMPOSER)).to_be_focused)
    tab = await ann.do(ann.page.context.new_page)
    await ann.do(tab.goto, server.url())
    await ann.do(expect(tab.get_by_role("textbox", name=COMPOSER)).to_be_focused)
    await ann.do(sign_out, ann.page)
    await ann.do(expect(tab.get_by_label("Your name")).to_be_visible)
    await ann.do(be_a_guest, ann.page)

    other = await chromium.open(server.url())
    await other.do(take_another_name, other.page)
    await ann.do(be_classic, ann.page, server.url("classic"))


@pytest.mark.parametrize(
    "server", [("--auth", "memory:Ann:correct horse", "--guests", "no")], indirect=True
)
@story
async def test_no_guests(chromium: Chromium, server: Server) -> None:
    """Where there are no guests a password is asked for, and a wish for none is not sent."""
    page = (await chromium.open(server.url())).page

    def ask() -> None:
        page.get_by_label("Your name").fill("Guest")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Password")).to_be_focused()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.get_by_role("button", name="Enter as a guest")).to_have_count(0)

    await chromium.do(ask)
