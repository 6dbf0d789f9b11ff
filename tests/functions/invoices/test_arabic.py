import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.invoices import arabic
from functions.invoices.faces import Weight

PARAGRAPH = (
    "تشمل الرحلة الإقامة الكاملة في فندق هيلتون شرم الشيخ مع وجبات الإفطار والعشاء والانتقالات من المطار وإليه، "
    "وجولة بحرية في محمية رأس محمد (3 ساعات) مع معدات الغطس. للحجز: +20 100 555 1234 أو vip@altayarvip.com."
)


def on_paper(line: str, direction: arabic.Direction = "rtl") -> str:
    """Read a line as on paper, from left to right and letter by letter."""
    return "".join(glyph.text for glyph in arabic.shaped(line, direction, Weight.REGULAR))


def test_a_paragraph_is_broken_in_reading_order_with_its_first_words_on_the_first_line() -> None:
    lines = arabic.wrapped(PARAGRAPH, "rtl", Weight.REGULAR, 20_000)
    assert len(lines) > 3
    assert " ".join(lines) == PARAGRAPH
    assert lines[0].startswith("تشمل الرحلة")
    assert on_paper(lines[0]).endswith("ةلحرلا لمشت")


def test_no_line_is_wider_than_the_column() -> None:
    for limit in (3_000, 8_000, 20_000):
        lines = arabic.wrapped(PARAGRAPH + " " + "x" * 200 + " " + "م" * 200, "rtl", Weight.BOLD, limit)
        assert all(arabic.width(line, "rtl", Weight.BOLD) <= limit for line in lines)


def test_line_breaks_of_the_text_are_kept_and_those_around_it_are_not() -> None:
    assert arabic.wrapped("\nخصم\r\nسعر\n\nضريبة\n", "rtl", Weight.REGULAR, 9_000) == ("خصم", "سعر", "", "ضريبة")


def test_a_word_longer_than_a_line_is_broken_anywhere_but_never_between_a_letter_and_its_mark() -> None:
    word = "مُحَمَّدٌ" * 30
    pieces = arabic.wrapped(word, "rtl", Weight.REGULAR, 5_000)
    assert len(pieces) > 5
    assert "".join(pieces) == unicodedata.normalize("NFC", word)
    assert not any(unicodedata.combining(piece[0]) for piece in pieces)


@pytest.mark.parametrize(
    ("line", "paper"),
    [
        ("اتصل +20 100 555 1234 الآن", "نآلا +20 100 555 1234 لصتا"),
        ("راسل info@altayarvip.com اليوم", "مويلا info@altayarvip.com لسار"),
        ("نسبة 14% خصم", "مصخ 14% ةبسن"),
        ("في 2026-11-22 من", "نم 2026-11-22 يف"),
        ("رصيد -5.00 فقط", "طقف -5.00 ديصر"),
        ("الهاتف (02) 2345-6789", "(02) 2345-6789 فتاهلا"),
        ("شركة Altayar (S.A.E.)", "Altayar (S.A.E.) ةكرش"),
        ("موقع https://altayarvip.com/ جديد", "ديدج https://altayarvip.com/ عقوم"),
        ("سنة ٢٠٢٦ الآن", "نآلا ٢٠٢٦ ةنس"),
        ("سعر (US$) الآن", "نآلا (US$) رعس"),
        ("خصم -$100 من", "نم -$100 مصخ"),
        ("فندق 5* فاخر", "رخاف 5* قدنف"),
    ],
)
def test_what_runs_left_to_right_stays_whole_among_arabic_words(line: str, paper: str) -> None:
    assert on_paper(line) == paper


def test_brackets_around_arabic_words_are_mirrored() -> None:
    # From the left, the first bracket on paper is the closing one, and its open side must be towards the word.
    assert on_paper("سعر (خاص) جدا") == "ادج (صاخ) رعس"
    assert on_paper("يوم (من الأحد 5) و info@x.co") == "info@x.co و (5 دحألا نم) موي"
    assert on_paper("Tax (ضريبة) here", "ltr") == "Tax (ةبيرض) here"
    assert on_paper("Tax ((VAT)) ضريبة", "ltr") == "Tax ((VAT)) ةبيرض"
    assert on_paper("سعر ((خاص)) جدا") == "ادج ((صاخ)) رعس"


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("word", ["x" * 300, "iW" * 150, "i" * 150 + "W" * 150, "م(5" * 100, "W", ""])
def test_a_word_too_long_for_a_line_fills_each_line(word: str, direction: arabic.Direction) -> None:
    lines = arabic.wrapped(word, direction, Weight.REGULAR, 5_000)
    assert "".join(lines) == word
    widths = [arabic.width(line, direction, Weight.REGULAR) for line in lines]
    assert all(length <= 5_000 for length in widths)
    assert all(length > 4_000 for length in widths[:-1])


def test_arabic_words_inside_english_keep_the_sentence_running_left_to_right() -> None:
    assert on_paper("from القاهرة to دبي 5 nights", "ltr") == "from ةرهاقلا to يبد 5 nights"
    assert on_paper("call اتصل +20 100 555", "ltr") == "call لصتا +20 100 555"


def test_letters_are_joined() -> None:
    alone = {glyph.index for glyph in arabic.shaped("ب ب ب", "rtl", Weight.REGULAR)}
    joined = [glyph.index for glyph in arabic.shaped("ببب", "rtl", Weight.REGULAR)]
    assert len(set(joined)) == 3
    assert not alone.intersection(joined)


def test_a_joiner_that_keeps_letters_apart_is_heeded_and_not_drawn() -> None:
    apart = arabic.shaped("ب\u200cب", "rtl", Weight.REGULAR)
    alone = arabic.shaped("ب", "rtl", Weight.REGULAR)[0]
    assert [glyph.index for glyph in apart if glyph.advance] == [alone.index, alone.index]


def test_lam_and_alef_become_one_shape_and_still_read_as_two_letters() -> None:
    glyphs = arabic.shaped("لا", "rtl", Weight.REGULAR)
    assert sum(1 for glyph in glyphs if glyph.advance) == 1
    assert "".join(glyph.text for glyph in glyphs) == "ال"


def test_a_character_without_a_glyph_is_a_box_that_still_says_what_it_was() -> None:
    (box,) = arabic.shaped("\U0001f600", "ltr", Weight.REGULAR)
    assert (box.index, box.text) == (0, "\U0001f600")
    assert box.advance > 0


def test_control_characters_show_and_overrides_change_nothing() -> None:
    assert on_paper("a\x00b", "ltr") == "a\ufffdb"
    assert on_paper("\u202e100\u202c EGP", "ltr") == "100 EGP"


@pytest.mark.parametrize("name", ["Zoë Müller-Şahin", "Анна Каренина", "Ελένη"])
def test_names_in_other_alphabets_have_their_glyphs(name: str) -> None:
    glyphs = arabic.shaped(name, "ltr", Weight.BOLD)
    assert all(glyph.index for glyph in glyphs)
    assert "".join(glyph.text for glyph in glyphs) == name


def test_a_text_runs_the_way_most_of_its_words_do() -> None:
    assert arabic.direction_of("VIP خدمة النقل") == "rtl"
    assert arabic.direction_of("Hotel فندق Cairo") == "ltr"
    assert arabic.direction_of("+20 100") == "ltr"


@pytest.mark.parametrize("word", ["خصم" + "a(" * 2_000, "خصم" + "1)" * 2_000, "\u0651" * 3_000, "\u200d" * 3_000, ""])
def test_a_word_of_thousands_of_brackets_marks_or_joiners_is_broken_like_any_other(word: str) -> None:
    lines = arabic.wrapped(word, "rtl", Weight.REGULAR, 16_000)
    assert "".join(lines) == word
    assert all(arabic.width(line, "rtl", Weight.REGULAR) <= 16_000 for line in lines)


@given(text=st.text(max_size=60), direction=st.sampled_from(["ltr", "rtl"]))
def test_any_text_is_shaped_without_losing_a_letter(text: str, direction: arabic.Direction) -> None:
    for line in arabic.wrapped(text, direction, Weight.REGULAR, 4_000):
        shown = sorted(character for character in on_paper(line, direction) if character.isalnum())
        assert shown == sorted(character for character in line if character.isalnum())
