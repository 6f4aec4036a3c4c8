from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from jobs.errors import BadSetting
from jobs.retry import Patience
from jobs.settings import load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    """Start each test without settings of this computer."""
    import os

    for name in [name for name in os.environ if name.startswith("EVENTSTUDY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def test_data_lie_in_the_users_data_folder(tmp_path):
    settings = load_settings()
    assert settings.home == tmp_path / "eventstudy"
    assert settings.db == f"sqlite:///{tmp_path}/eventstudy/eventstudy.db"
    assert settings.reports == tmp_path / "eventstudy" / "reports"


def test_without_xdg_the_data_folder_is_under_local_share(monkeypatch):
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert load_settings().home == Path("/home/someone/.local/share/eventstudy")


def test_the_folder_is_made_on_demand_only(tmp_path):
    settings = load_settings()
    assert not settings.home.exists()
    settings.prepare()
    settings.prepare()
    assert settings.home.is_dir()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="EVENTSTUDY_HOME is .*file/data'; give a folder"):
        load_settings(home=tmp_path / "file" / "data").prepare()


def test_flags_win_over_the_environment_and_the_environment_over_defaults(monkeypatch):
    assert load_settings().seed == 0
    monkeypatch.setenv("EVENTSTUDY_SEED", "7")
    assert load_settings().seed == 7
    assert load_settings(seed=9).seed == 9
    assert load_settings(seed=None).seed == 7


def test_the_environment_sets_every_kind_of_field(monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_DB", "sqlite:///other.db")
    monkeypatch.setenv("EVENTSTUDY_HOME", "~/data")
    monkeypatch.setenv("EVENTSTUDY_SOURCE", "files:prices")
    monkeypatch.setenv("EVENTSTUDY_AFTER_TOKYO", "17:05")
    monkeypatch.setenv("EVENTSTUDY_TIMEOUT", "")
    settings = load_settings()
    assert settings.db == "sqlite:///other.db"
    assert settings.home == Path.home() / "data"
    assert settings.source == "files:prices"
    assert settings.after_tokyo == time(17, 5)
    assert settings.timeout == 8.0


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("SEED", "abc", "a whole number from 0"),
        ("SEED", "-1", "a whole number from 0"),
        ("TIMEOUT", "0", "seconds, more than 0"),
        ("WITHIN", "inf", "seconds, more than 0"),
        ("ATTEMPTS", "0", "a whole number from 1 to 10"),
        ("TIMEZONE", "Tokyo", "such as Asia/Tokyo"),
        ("AFTER_TOKYO", "25:00", "a time of day such as 16:30"),
        ("NIKKEI_TERMS", "yes", "accepted, or not set"),
        ("JQUANTS_PLAN", "gold", "free, light, standard or premium"),
    ],
)
def test_a_bad_value_is_one_sentence_with_the_remedy(monkeypatch, name, value, remedy):
    monkeypatch.setenv(f"EVENTSTUDY_{name}", value)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert caught.value.message == f"the setting EVENTSTUDY_{name} is '{value}'"
    assert remedy in caught.value.remedy
    assert caught.value.exit_code == 2
    assert "pydantic" not in str(caught.value)


def test_a_bad_flag_is_named_as_the_flag_and_an_unknown_one_lists_the_settings():
    with pytest.raises(BadSetting, match="the setting seed is -1"):
        load_settings(seed=-1)
    with pytest.raises(BadSetting, match="the setting sead is 1; give one of the settings home, db"):
        load_settings(sead=1)


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().seed = 1


def test_a_password_is_neither_shown_nor_hashed():
    first, second = (load_settings(db=f"postgresql://me:{word}@host/prices") for word in ("first", "se/cond"))
    assert first.shown()["db"] == "postgresql://me:***@host/prices"
    assert first.content_hash == second.content_hash


def test_the_hash_names_the_content():
    assert load_settings().content_hash == load_settings(seed=0).content_hash
    assert load_settings().content_hash != load_settings(seed=1).content_hash
    assert len(load_settings().content_hash) == 64


def test_patience_and_zone_come_from_the_settings():
    settings = load_settings(attempts=2, first_delay=0.5, longest_delay=4, within=9)
    assert settings.patience == Patience(attempts=2, first_delay=0.5, longest_delay=4, within=9)
    assert load_settings().patience == Patience()
    assert settings.zone == ZoneInfo("Asia/Tokyo")


def test_the_schedule_follows_the_two_closes():
    settings = load_settings()
    assert (settings.after_tokyo, settings.after_new_york) == (time(16, 30), time(7, 30))


def test_conditions_of_sources_are_unmet_unless_the_reader_says_otherwise(monkeypatch):
    settings = load_settings()
    assert (settings.nikkei_terms, settings.jquants_key, settings.jquants_plan) == (None, None, "light")
    monkeypatch.setenv("EVENTSTUDY_NIKKEI_TERMS", "accepted")
    monkeypatch.setenv("EVENTSTUDY_JQUANTS_KEY", "a-key")
    settings = load_settings(jquants_plan="standard")
    assert (settings.nikkei_terms, settings.jquants_plan) == ("accepted", "standard")
    assert settings.jquants_key.get_secret_value() == "a-key"
    assert settings.shown()["jquants_key"] == "**********"


def test_a_refused_key_is_not_repeated(monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_JQUANTS_KEY", "two words")
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert caught.value.message == "the setting EVENTSTUDY_JQUANTS_KEY is 'hidden'"
    assert "without spaces" in caught.value.remedy
