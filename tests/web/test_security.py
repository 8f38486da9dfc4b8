"""What holds for every answer: headers, cookies, redirects, hosts, throttling, and logs without people in them."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import textwrap

import pytest
from django.test import Client

from sonisbridge.core.roles import Role
from sonisbridge.log import LIBRARIES, OURS, JsonLines

from .site import PASSWORD, a_user
from .test_users import is_in, sign_in, text_of

HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


def test_every_kind_of_answer_has_the_headers_that_guard_it(client_of, institution):
    client = client_of(Role.VIEWER)
    for path in ("/account/login/", f"/{institution.pk}/", "/no-such-page/", "/users/", "/api/v1/runs", "/my-account/"):
        answer = client.get(path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_script_or_style_inside_a_page_would_be_refused_and_there_is_none(client_of, institution):
    page = text_of(client_of(Role.ADMINISTRATOR).get(f"/{institution.pk}/"))
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert page.count("<script") == page.count('<script src="/static/')


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(db):
    a_user(Role.VIEWER, name="ana")
    client = Client(enforce_csrf_checks=False)
    client.get("/account/login/")
    sign_in("ana", PASSWORD, client)
    assert {"sonisbridge", "csrftoken"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["domain"] == ""


def test_behind_https_cookies_are_sent_over_https_alone_and_browsers_stay_there(tmp_path):
    script = textwrap.dedent("""
        import json
        from sonisbridge.cli.start import get_ready
        get_ready(verbose=False)
        from django.conf import settings
        from django.test import Client
        settings.SECRET_KEY = "of this test alone" * 4
        from sonisbridge.store import users
        made = users.add("ana", "", by="test")
        client = Client(headers={"Host": "bridge.example.edu", "X-Forwarded-Proto": "https"})
        client.get("/account/login/")
        answer = client.post("/account/login/", {"login": "ana", "password": made.password})
        cookies = {name: bool(cookie["secure"]) for name, cookie in client.cookies.items()}
        print(json.dumps([cookies, answer.headers.get("Strict-Transport-Security")]))
    """)
    env = {**os.environ, "SONISBRIDGE_HOME": str(tmp_path), "SONISBRIDGE_URL": "https://bridge.example.edu",
           "DJANGO_SETTINGS_MODULE": "sonisbridge.settings"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    cookies, staying = json.loads(done.stdout.splitlines()[-1])
    assert cookies == {"csrftoken": True, "__Host-sonisbridge": True}
    assert staying == "max-age=31536000"


# Where an answer leads

ELSEWHERE = ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https:evil.example"]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_no_answer_leads_to_another_host(db, where):
    a_user(Role.VIEWER, name="ana")
    client = Client()
    answers = [client.post("/account/login/", {"login": "ana", "password": PASSWORD, "next": where})]
    answers += [client.post("/account/again/", {"password": PASSWORD, "next": where})]
    answers += [client.get("/switch/", {"institution": where})]
    answers += [client.post("/account/logout/", {"next": where})]
    assert [answer.status_code for answer in answers] == [302] * 4
    assert all(
        "evil" not in answer.headers["Location"] and "script" not in answer.headers["Location"] for answer in answers
    )


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil.example"])
def test_another_host_name_is_refused(db, host):
    answer = Client(headers={"Host": host}).get("/account/login/")
    assert answer.status_code == 400
    assert "evil" not in text_of(answer)


# Guessing


def test_who_guesses_a_password_is_told_to_wait_also_with_the_right_one(db):
    a_user(Role.VIEWER, name="ana")
    client = Client()
    said = [text_of(client.post("/account/login/", {"login": "ana", "password": f"wrong {n}"})) for n in range(6)]
    assert "No user has this name and password" in said[0]
    assert "Wait five minutes" in said[5]
    assert not is_in(sign_in("ana", PASSWORD))
    a_user(Role.VIEWER, name="ben")
    assert is_in(sign_in("ben", PASSWORD))


def test_an_unknown_name_and_a_wrong_password_are_told_alike(db):
    a_user(Role.VIEWER, name="ana")
    said = [
        text_of(Client().post("/account/login/", {"login": name, "password": "wrong"})).replace(name, "")
        for name in ("ana", "nobody-of-this-name")
    ]
    without_keys = ["\n".join(line for line in text.splitlines() if "csrfmiddleware" not in line) for text in said]
    assert without_keys[0] == without_keys[1]


def test_who_knocks_without_end_gets_a_plain_page(db):
    client = Client(headers={"X-Forwarded-For": "203.0.113.9"})
    answers = [client.post("/account/login/", {"login": f"n{n}", "password": "x"}) for n in range(32)]
    assert answers[-1].status_code == 429
    assert "Too many attempts" in text_of(answers[-1])


# What goes wrong, and what is written of it


@pytest.fixture
def log():
    """What the log of a served site says."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in (OURS, *LIBRARIES)]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    yield lines
    for logger, level in before:
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_a_page_that_breaks_says_so_without_a_trace_and_logs_it_without_a_person(client_of, institution, settings, log):
    settings.ROOT_URLCONF = "tests.web.broken_urls"
    client = client_of(Role.VIEWER)
    client.raise_request_exception = False
    answer = client.get("/broken/?q=Ana+Lima", headers={"Authorization": "Bearer sbr_secret"})
    assert answer.status_code == 500
    assert "An error in sonisbridge itself" in text_of(answer)
    assert "Traceback" not in text_of(answer)
    assert "RuntimeError" not in text_of(answer)
    written = log.getvalue()
    assert "a page broke" in written
    assert "broken_urls.py" in written
    assert "Lima" not in written
    assert "sbr_secret" not in written


def test_signing_in_searching_and_reading_by_program_log_no_person_and_no_secret(db, institution, log):
    a_user(Role.VIEWER, name="ana")
    client = sign_in("ana", PASSWORD)
    sign_in("ana", "a wrong guess")
    client.get(f"/{institution.pk}/search/?q=Jo+Reyes")
    client.get(f"/{institution.pk}/contacts/?q=jo.reyes@example.edu")
    Client(headers={"Authorization": "Bearer sbr_secret"}).get("/api/v1/contacts?email=jo.reyes@example.edu")
    Client(enforce_csrf_checks=True).post("/account/login/", {"login": "ana", "password": PASSWORD})
    written = log.getvalue().lower()
    for secret in ("reyes", "sbr_secret", PASSWORD, "a wrong guess", "ana@example.edu"):
        assert secret not in written


def test_static_files_are_the_only_paths_beside_the_url_table(db):
    client = Client()
    assert client.get("/static/web/style.css").status_code == 200
    for path in ("/static/../settings.py", "/static/web/../../settings.py", "/static/", "/admin/", "/account/signup/",
                 "/account/password/reset/", "/account/email/", "/accounts/login/"):  # fmt: skip
        assert client.get(path).status_code == 404, path


def test_the_session_key_is_another_after_signing_in(db):
    a_user(Role.VIEWER, name="ana")
    client = Client()
    client.session.save()
    before = client.cookies["sonisbridge"].value
    sign_in("ana", PASSWORD, client)
    assert client.cookies["sonisbridge"].value != before
