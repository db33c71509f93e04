"""Markdown becomes what a voice should say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.text.markdown import MarkdownTextFilter


def spoken(text: str, **settings) -> str:
    return MarkdownTextFilter(MarkdownTextFilter.InputParams(**settings)).filter(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("**important**", "important"),
        ("*emphasized* and _this_ and ***both***", "emphasized and this and both"),
        ("__init__ and snake_case_name", "init and snake_case_name"),
        ("## Section", "Section"),
        ("`code`", "code"),
        ("<em>text</em><br/> here", "text here"),
        ("Fish &amp; chips &lt;3&nbsp;now", "Fish & chips <3 now"),
        ("Wow!!!!!!!", "Wow!"),
        ("What???", "What?"),
        ("Hmm......", "Hmm..."),
        ("~~old~~ new", "old new"),
        ("[the site](https://example.com) is up", "the site is up"),
        ("![a cat](cat.png)", "a cat"),
        ("> quoted", "quoted"),
        ("1. First\n2. Second", "1. First\n2. Second"),
        ("- one\n* two\n+ three", "one\ntwo\nthree"),
        ("above\n---\nbelow", "above\n\nbelow"),
        ("2 * 3 * 4 and 5 < 6", "2 * 3 * 4 and 5 < 6"),
        (r"\*not italic\*", "*not italic*"),
        ("a half **bold", "a half bold"),
        ("C++ and C#", "C++ and C#"),
        (" leading and trailing ", " leading and trailing "),
        ("```python\nprint(1)\n```\nDone.", "print(1)\n\nDone."),
    ],
)
def test_marks_go_and_words_stay(text, wanted):  # TXT-02
    assert spoken(text) == wanted


def test_code_blocks_are_left_out_when_asked():
    assert spoken("Run ```python\nprint(1)\n``` now.", filter_code=True).split() == ["Run", "now."]


def test_a_code_block_in_pieces_is_left_out_until_it_closes():
    markdown = MarkdownTextFilter(MarkdownTextFilter.InputParams(filter_code=True))
    parts = ["Look: ```js\n", "let a = 1\n", "let b\n", "```\n", "That is it."]
    assert "".join(markdown.filter(part) for part in parts).split() == ["Look:", "That", "is", "it."]


def test_a_new_response_forgets_an_open_code_block():
    markdown = MarkdownTextFilter(MarkdownTextFilter.InputParams(filter_code=True))
    markdown.filter("```\nopen")
    markdown.reset()
    assert markdown.filter("Hello.") == "Hello."


def test_tables_are_left_out_when_asked_also_in_pieces():
    table = "Prices:\n|A|B|\n|--|--|\n|1|2|\nThat was all."
    assert spoken(table, filter_tables=True) == "Prices:\nThat was all."
    markdown = MarkdownTextFilter(MarkdownTextFilter.InputParams(filter_tables=True))
    assert "".join(map(markdown.filter, ["Prices:\n|A|", "B|\n|1|2", "|\nThat", " was."])).split() == [
        "Prices:",
        "That",
        "was.",
    ]
    assert spoken("|A|B|\n|--|--|", filter_tables=True) == " "
    assert "|A|B|" in spoken(table)


def test_a_filter_that_is_off_changes_nothing_and_settings_change_by_name():  # TXT-01
    markdown = MarkdownTextFilter(MarkdownTextFilter.InputParams(enable_text_filter=False))
    assert markdown.filter("**a**!!!") == "**a**!!!"
    markdown.update_settings({"enable_text_filter": True, "unknown": 1})
    assert markdown.filter("**a**!!!") == "a!"


@given(st.text(alphabet="abXYé1 '’", max_size=60))
def test_plain_words_pass_unchanged(text):
    assert spoken(f"{text}, 3.5 things.") == f"{text}, 3.5 things."


DOCUMENT = """# Plans for *today*

Some **bold text**, an *italic one* and `code` for <em class="x">you</em> &amp; me.

- [The site](https://example.com/a_b) is up!!!!
- 2 * 3 is 6, snake_case stays

1. First
2. Second &lt;3

```python
print("hello")
```

|A|B|
|--|--|
|1|2|

> That was ~~not~~ all <!-- hidden --> of __it__.
"""
SPOKEN = """Plans for today Some bold text, an italic one and code for you & me. The site is up!
2 * 3 is 6, snake_case stays 1. First 2. Second <3 That was not all of it."""


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 10_000])
def test_pieces_of_any_size_say_the_same_as_the_whole(size):  # TXT-02
    markdown = MarkdownTextFilter(MarkdownTextFilter.InputParams(filter_code=True, filter_tables=True))
    pieces = [markdown.filter(DOCUMENT[at : at + size]) for at in range(0, len(DOCUMENT), size)]
    assert ("".join(pieces) + markdown.flush()).split() == SPOKEN.split()


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_any_split_says_the_same_as_the_whole(sizes):  # TXT-02
    markdown = MarkdownTextFilter(MarkdownTextFilter.InputParams(filter_code=True, filter_tables=True))
    said, at, turn = "", 0, 0
    while at < len(DOCUMENT):
        said += markdown.filter(DOCUMENT[at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1
    assert (said + markdown.flush()).split() == SPOKEN.split()


@pytest.mark.parametrize("text", ["a <b", "AT&T", "see [here", "5 <", "so _", "- ", "\n#"])
def test_what_was_held_back_and_means_nothing_is_said_at_the_end(text):  # TXT-02
    markdown = MarkdownTextFilter()
    said = markdown.filter(text) + markdown.flush()
    assert [word for word in said.split() if word.isalnum()] == [word for word in text.split() if word.isalnum()]
    assert markdown.flush() == ""


def test_emphasis_over_sentences_loses_its_marks():  # TXT-02
    markdown = MarkdownTextFilter()
    assert [markdown.filter(part) for part in ("*One.", " Two.*", " _Three.", " Four._ Five.")] == [
        "One.", " Two.", " Three.", " Four. Five.",
    ]  # fmt: skip


def test_the_language_of_a_code_block_in_pieces_is_not_said():  # TXT-02
    markdown = MarkdownTextFilter()
    pieces = ["Look: ``", "`py", "thon\nprint", "(1)\n``", "`\nDone."]
    assert ("".join(map(markdown.filter, pieces)) + markdown.flush()).split() == ["Look:", "print(1)", "Done."]


def test_the_parameters_have_their_documented_defaults():  # TXT-01
    params = MarkdownTextFilter.InputParams()
    assert (params.enable_text_filter, params.filter_code, params.filter_tables) == (True, False, False)
    assert MarkdownTextFilter(params=params).filter("**a**") + MarkdownTextFilter().flush() == "a"
