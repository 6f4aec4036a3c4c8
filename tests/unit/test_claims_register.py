"""The register of what articles say: exact, complete in every field, and refused where it is not."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from db.register import BadRegister, load_articles, load_claims, load_figures, parse_claims
from eventstudy.claims import KINDS, SETTLED_BY
from eventstudy.errors import BadValue
from jobs.pipelines.claims import chosen
from tests.market import market_folder

KEY = Path(__file__).parents[1] / "golden" / "claims"
VERDICTS = {
    *("EXACT", "TRUNCATED", "OFF_BY_UNIT", "MISMATCH", "CONSISTENT", "CONTRADICTED", "FALSE"),
    *("UNVERIFIABLE", "NO DATA"),
}
GOOD = {
    "id": "A3-F001", "article": "A3", "location": "paragraph 1", "words": "a 90-day deadline",
    "quoted": "90-day", "quantity": "duration", "unit": "days", "subject": "the pause", "by": "reporter",
    "kind": "observed", "settle": "arithmetic", "why": "count the days",
}  # fmt: skip
CLAIMS = load_claims()
BY_ID = {claim.id: claim for claim in CLAIMS}


def text_of(*entries):
    """Return claims as TOML."""
    return "".join(
        "[[claim]]\n" + "".join(f"{name} = '{value}'\n" for name, value in entry.items()) for entry in entries
    )


def parsed(*entries):
    return parse_claims(text_of(*entries), ["A3"], "A3.toml")


def test_more_than_three_hundred_claims_of_all_five_articles_are_registered():
    counts = Counter(claim.article for claim in CLAIMS)
    assert set(counts) == {article.id for article in load_articles()}
    assert len(CLAIMS) >= 300
    assert min(counts.values()) >= 40


def test_claims_are_numbered_through_in_each_article():
    for article in load_articles():
        numbers = [int(claim.id.partition("-F")[2]) for claim in CLAIMS if claim.article == article.id]
        assert numbers == list(range(1, len(numbers) + 1)), article.id
    assert all(claim.id.startswith(f"{claim.article}-F") for claim in CLAIMS)


@pytest.mark.market
def test_every_quotation_stands_in_its_article_word_for_word():
    folder = market_folder().parent / "articles"
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))]
    by_article = dict(zip((article.id for article in load_articles()), texts, strict=True))
    absent = [
        (claim.id, part)
        for claim in CLAIMS
        for part in (claim.words, claim.quoted)
        if part not in by_article[claim.article]
    ]
    assert absent == []


def test_only_a_few_words_of_an_article_are_kept():
    assert [claim.id for claim in CLAIMS if len(claim.words.split()) > 12] == []


def test_the_figures_that_prices_are_held_against_are_claims_with_the_same_words():
    for figure in load_figures():
        claim = BY_ID[figure.id]
        assert (claim.article, claim.series, claim.quantity) == (
            figure.article,
            figure.series,
            figure.quantity,
        )
        assert (claim.quoted, claim.unit, claim.group) == (figure.quoted, figure.unit, figure.group)
        assert claim.date == figure.date.isoformat()
        assert claim.settle == "prices"


def answers():
    files = [tomllib.loads(path.read_text("utf-8"))["answer"] for path in sorted(KEY.glob("*.toml"))]
    return [answer for file in files for answer in file]


def test_where_claims_of_one_topic_differ_the_answers_do_not_call_all_of_them_consistent():
    verdicts = {answer["id"]: answer["verdict"] for answer in answers()}
    topics = {}
    for claim in CLAIMS:
        if claim.topic and claim.value:
            topics.setdefault((claim.topic, claim.quantity), []).append(claim)
    for topic, found in topics.items():
        if len({claim.value for claim in found}) > 1:
            assert {verdicts[claim.id] for claim in found} != {"CONSISTENT"}, topic


def test_every_claim_has_one_answer_by_hand_with_its_reason():
    assert Counter(answer["id"] for answer in answers()) == Counter(BY_ID.keys())
    assert {answer["verdict"] for answer in answers()} <= VERDICTS
    assert [answer["id"] for answer in answers() if len(answer["reason"].split()) < 3] == []


def test_what_nothing_can_settle_has_the_verdict_that_says_so():
    unsettled = [answer for answer in answers() if BY_ID[answer["id"]].settle == "none"]
    assert {answer["verdict"] for answer in unsettled} == {"UNVERIFIABLE"}


def test_a_claim_is_read_field_by_field_and_what_it_lacks_is_empty():
    [claim] = parsed(GOOD)
    assert {name: getattr(claim, name) for name in GOOD} == GOOD
    assert (claim.value, claim.series, claim.date, claim.topic) == ("", "", "", "")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"quantity": "weather"}, "quantity is 'weather'"),
        ({"by": "nobody"}, "by is 'nobody'"),
        ({"kind": "rumour"}, "kind is 'rumour'"),
        ({"settle": "luck"}, "settle is 'luck'"),
        ({"article": "A9"}, "article is 'A9'"),
        ({"series": "nikei225"}, "series is 'nikei225'"),
        ({"date": "next week"}, "date is 'next week'"),
        ({"date": "2025-04-07/"}, "date is '2025-04-07/'"),
        ({"words": ""}, "words is empty"),
        ({"colour": "red"}, "unknown field colour"),
    ],
)
def test_a_claim_that_is_not_right_is_refused_by_name(changes, says):
    with pytest.raises(BadRegister, match=says) as caught:
        parsed({**GOOD, **changes})
    assert "A3.toml A3-F001" in caught.value.message


@pytest.mark.parametrize("name", GOOD)
def test_a_claim_without_a_field_is_refused(name):
    with pytest.raises(BadRegister, match=f"missing {name}"):
        parsed({key: value for key, value in GOOD.items() if key != name})


def test_an_id_that_occurs_twice_is_refused():
    with pytest.raises(BadRegister, match="A3-F001 occurs twice"):
        parsed(GOOD, GOOD)


def test_claims_are_chosen_by_article_quantity_and_what_settles_them():
    assert chosen(CLAIMS) == CLAIMS
    some = chosen(CLAIMS, ["A3"], ["duration", "deadline"], ["arithmetic"])
    assert some
    assert {(claim.article, claim.settle) for claim in some} == {("A3", "arithmetic")}
    assert {claim.quantity for claim in some} <= {"duration", "deadline"}
    assert sum(len(chosen(CLAIMS, settled_by=[word])) for word in SETTLED_BY) == len(CLAIMS)


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ((["A9"], None, None), "--article"),
        ((None, ["x"], None), "--quantity"),
        ((None, None, ["x"]), "--settle"),
    ],
)
def test_an_unknown_word_is_refused_with_those_that_there_are(asked, option):
    with pytest.raises(BadValue, match="one of") as caught:
        chosen(CLAIMS, *asked)
    assert caught.value.name == option


def test_every_kind_of_claim_occurs():
    assert {claim.kind for claim in CLAIMS} == set(KINDS)
