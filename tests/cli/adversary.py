"""Contacts as somebody would write them who means to get past the redactor, and messages that only look so.

Families are grouped by mechanism. Those that have guided changes of the redactor are "tune"; those in UNSEEN only judge
it: do not look at their messages, and move a family out of UNSEEN once you have. Seeded: the same seed, the same text.

    python3 adversary.py [--half tune|unseen|all] [--seed N] [--count N] > messages.jsonl

A line holds the text and its contacts: byte range, type, and the ranges of the characters that carry it.
"""

import argparse
import base64
import json
import random

EN = "zero one two three four five six seven eight nine".split()
WORDS = {
    "hi": "शून्य एक दो तीन चार पांच छह सात आठ नौ".split(),
    "bn": "শূন্য এক দুই তিন চার পাঁচ ছয় সাত আট নয়".split(),
    "gu": "શૂન્ય એક બે ત્રણ ચાર પાંચ છ સાત આઠ નવ".split(),
    "kn": "ಸೊನ್ನೆ ಒಂದು ಎರಡು ಮೂರು ನಾಲ್ಕು ಐದು ಆರು ಏಳು ಎಂಟು ಒಂಬತ್ತು".split(),
    "mr": "शून्य एक दोन तीन चार पाच सहा सात आठ नऊ".split(),
    "pa": "ਸਿਫ਼ਰ ਇੱਕ ਦੋ ਤਿੰਨ ਚਾਰ ਪੰਜ ਛੇ ਸੱਤ ਅੱਠ ਨੌਂ".split(),
    "ml": "പൂജ്യം ഒന്ന് രണ്ട് മൂന്ന് നാല് അഞ്ച് ആറ് ഏഴ് എട്ട് ഒമ്പത്".split(),
    "ur": "صفر ایک دو تین چار پانچ چھ سات آٹھ نو".split(),
    "ta": "பூஜ்ஜியம் ஒன்று இரண்டு மூன்று நான்கு ஐந்து ஆறு ஏழு எட்டு ஒன்பது".split(),
    "en_hi": "ज़ीरो वन टू थ्री फोर फाइव सिक्स सेवन एट नाइन".split(),
    "ru": "ноль один два три четыре пять шесть семь восемь девять".split(),
    "lat_gu": "shunya ek be tran chaar paanch chha saat aath nav".split(),
    "lat_bn": "shunno ek dui tin char panch chhoy shaat aat noy".split(),
    "lat_kn": "sonne ondu eradu mooru nalku aidu aaru elu entu ombattu".split(),
    "lat_ml": "poojyam onnu randu moonnu naalu anchu aaru ezhu ettu onpathu".split(),
    "lat_pa": "sifar ikk do tinn char panj chhe satt atth naun".split(),
}
SOUND = [
    ["zeero", "ziro", "zeroh"], ["wan", "wunn", "vone"], ["tou", "tuu", "toow"], ["threey", "thrrree", "trhee"],
    ["fohr", "forr", "fouar"], ["fiev", "phaiv", "fiive"], ["sics", "sixx", "siks"], ["sevn", "sewen", "zeven"],
    ["eigth", "ayte", "eyt"], ["nyne", "nain", "naiyn"],
]
ORDINAL_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
NAMES = "kapoor menon iyer banerjee qureshi pillai deshmukh rathod bhatia nambiar grewal sodhi tandon chugh".split()
GIVEN = "anil ravi meera sunita farah joseph kavya imran leela naveen rohan tanvi".split()
PROVIDERS = "gmail yahoo hotmail outlook rediffmail".split()


class Text:
    """Text in pieces; units carry the contact."""

    def __init__(self):
        self.bytes = b""
        self.units = []

    def plain(self, text):
        self.bytes += text.encode()
        return self

    def unit(self, text):
        start = len(self.bytes)
        self.bytes += text.encode()
        self.units.append([start, len(self.bytes), 1])
        return self

    def units_of(self, text):
        for c in text:
            self.unit(c) if c.isalnum() else self.plain(c)
        return self


def mobile(r):
    return r.choice("6789") + "".join(r.choice("0123456789") for _ in range(9))


def account(r):
    style = r.randrange(4)
    given, name, year = r.choice(GIVEN), r.choice(NAMES), str(r.randrange(60, 99))
    return ["dr." + given + name, given + "." + name + year, name + "_" + given, given[0] + name + year][style]


def joined(r, pieces, gap):
    """Each digit written as its piece, with `gap` (a text or a list to choose from) between."""
    text = Text()
    for i, piece in enumerate(pieces):
        if i:
            text.plain(gap if isinstance(gap, str) else r.choice(gap))
        text.unit(piece)
    return text


# ---- families: name -> function of (random, digits) giving Text; or of (random, account) for mail

PHONE = {}
MAIL = {}


def phone(mechanism):
    def add(f):
        PHONE.setdefault(mechanism, []).append(f)
        return f
    return add


def mail(mechanism):
    def add(f):
        MAIL.setdefault(mechanism, []).append(f)
        return f
    return add


def words(language, gap=" "):
    return lambda r, d: joined(r, [WORDS[language][int(c)] for c in d], gap)


for index, language in enumerate(WORDS):
    f = words(language, [" ", " ", " "][index % 3])
    f.__name__ = "words_" + language
    phone("script" if not language.startswith("lat") else "sound")(f)


def indic_digit(base):
    return lambda c: chr(base + int(c))


@phone("script")
def mixed_indic_digits(r, d):
    return joined(r, [indic_digit(r.choice([0x966, 0x9E6, 0xAE6, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xA66]))(c) for c in d], "")


@phone("script")
def arabic_digits_grouped(r, d):
    text = Text()
    for i, c in enumerate(d):
        if i == 5:
            text.plain(" ")
        text.unit(indic_digit(0x660)(c))
    return text


@phone("script")
def keycaps(r, d):
    return joined(r, [c + "\ufe0f\u20e3" for c in d], ["", " "])


@phone("script")
def braille(r, d):
    cells = "⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊"
    return joined(r, [cells[int(c)] for c in d], "").plain("")


@phone("script")
def dingbats(r, d):
    return joined(r, ["⓪" if c == "0" else chr(r.choice([0x2776, 0x2780, 0x278A]) + int(c) - 1) for c in d], ["", " "])


@phone("script")
def dice_and_keys(r, d):
    return joined(r, [chr(0x2680 + int(c) - 1) if c in "123456" else c for c in d], " ")


@phone("script")
def tally(r, d):
    return joined(r, [c + r.choice(["\u0332", "\u0336", "\u0305"]) for c in d], "")


@phone("script")
def parenthesised(r, d):
    return joined(r, ["(0)" if c == "0" else chr(0x2474 + int(c) - 1) for c in d], ["", " "])


@phone("script")
def subscripts(r, d):
    return joined(r, [chr((0x2080 if r.random() < 0.5 else 0x1D7D8) + int(c)) for c in d], "")


@phone("sound")
def misspelt(r, d):
    return joined(r, [r.choice(SOUND[int(c)]) for c in d], " ")


@phone("sound")
def homophones(r, d):
    h = ["oh", "won", "to", "tree", "for", "five", "six", "seven", "ate", "nine"]
    return joined(r, [h[int(c)] for c in d], " ")


@phone("sound")
def pairs_in_english(r, d):
    text = Text()
    for i in range(0, 10, 2):
        a, b = int(d[i]), int(d[i + 1])
        if i:
            text.plain(" ")
        if a == 0:
            text.unit("oh").plain(" ").unit(EN[b])
        elif a == 1:
            text.unit(TEENS[b]).unit("")
        else:
            text.unit(ORDINAL_TENS[a - 2])
            if b:
                text.plain(r.choice(["-", " ", ""])).unit(EN[b])
    text.units = [u for u in text.units if u[0] < u[1]]
    return text


@phone("sound")
def scaled(r, d):
    text = Text()
    text.unit(EN[int(d[0])]).plain("-").unit(EN[int(d[1])]).plain(" hundred, then ")
    for i, c in enumerate(d[2:]):
        text.plain(" " if i else "").unit(EN[int(c)])
    return text


@phone("sound")
def aviation(r, d):
    h = "zero wun too tree fower fife six seven ait niner".split()
    return joined(r, [h[int(c)] for c in d], [", ", " - "])


@phone("sound")
def hindi_repeats(r, d):
    h = "zero ek do teen char paanch chhe saat aath nau".split()
    text = Text()
    i = 0
    while i < 10:
        n = 2 if i + 1 < 10 and d[i] == d[i + 1] else 1
        text.plain(" " if i else "")
        text.unit(h[int(d[i])])
        if n == 2:
            text.plain(" do baar")
        i += n
    return text


@phone("sound")
def english_hindi_mixed(r, d):
    h = "zero ek do teen char paanch chhe saat aath nau".split()
    return joined(r, [r.choice([h[int(c)], EN[int(c)], c]) for c in d], " ")


@phone("sound")
def stretched(r, d):
    out = []
    for c in d:
        w = EN[int(c)]
        k = r.randrange(1, len(w))
        out.append(w[:k] + w[k - 1] * r.randrange(1, 4) + w[k:])
    return joined(r, out, " ")


@phone("sound")
def first_letters_hyphened(r, d):
    return joined(r, ["-".join(EN[int(c)]) for c in d], " ")


@phone("sound")
def counted(r, d):
    text = Text()
    i = 0
    while i < 10:
        n = 1
        while i + n < 10 and d[i + n] == d[i]:
            n += 1
        text.plain(", " if i else "")
        text.plain({1: "one ", 2: "two ", 3: "three ", 4: "four "}.get(n, "%d " % n) if n > 1 else "").unit(d[i])
        text.plain("s" if n > 1 else "")
        i += n
    return text


@phone("layout")
def one_a_line_bulleted(r, d):
    return joined(r, list(d), r.choice(["\n- ", "\n* ", "\n• "]))


@phone("layout")
def numbered_list(r, d):
    text = Text()
    for i, c in enumerate(d):
        text.plain("\n%d) " % (i + 1)).unit(c)
    return text


@phone("layout")
def table_row(r, d):
    return joined(r, [d[:2], d[2:5], d[5:7], d[7:]], " | ")


@phone("layout")
def ascii_box(r, d):
    text = Text().plain("+---+---+\n| ").unit(d[:5]).plain(" |\n| ").unit(d[5:])
    return text.plain(" |\n+---+---+")


@phone("layout")
def tabs_and_columns(r, d):
    return joined(r, [d[i : i + 2] for i in range(0, 10, 2)], ["\t\t", "      ", "\t"])


@phone("layout")
def dotted_leaders(r, d):
    return joined(r, list(d), r.choice(["....", "____", "~~~", " -- "]))


@phone("layout")
def quoted_lines(r, d):
    return joined(r, [d[:3], d[3:6], d[6:]], "\n> ")


@phone("layout")
def csv_quotes(r, d):
    return joined(r, ['"%s"' % d[:4], '"%s"' % d[4:7], '"%s"' % d[7:]], ",")


@phone("layout")
def labelled_lines(r, d):
    text = Text()
    for i, part in enumerate([d[:4], d[4:7], d[7:]]):
        text.plain("\n" if i else "").plain("part %s: " % "ABC"[i]).unit(part)
    return text


@phone("layout")
def html_cells(r, d):
    return joined(r, [d[:5], d[5:]], r.choice(["</td><td>", "<br>", "<b></b>", "&nbsp;"]))


@phone("reversal")
def backwards_cue(r, d):
    return joined(r, list(d[::-1]), r.choice(["", " ", "-"])).plain(r.choice([" (read right to left)", " - read from the end", " backwards"]))


@phone("reversal")
def hindi_reverse(r, d):
    return joined(r, list(d[::-1]), "").plain(r.choice([" ko ulta karke padhna", " peeche se padho", " ulti taraf se"]))


@phone("reversal")
def spelled_reverse(r, d):
    return Text().plain("from last to first: ") and joined(r, [EN[int(c)] for c in d[::-1]], " ").plain(" in reverse order")


@phone("reversal")
def halves_swapped(r, d):
    return Text().plain("last five ").unit(d[5:]).plain(", before that ").unit(d[:5])


@phone("reversal")
def mirror_words(r, d):
    return joined(r, [EN[int(c)][::-1] for c in d], " ")


@phone("reversal")
def rtl_override(r, d):
    return Text().plain("\u202e").units_of(d[::-1]).plain("\u202c")


@phone("splitting")
def two_sentences(r, d):
    return Text().plain("first half ").unit(d[:5]).plain(r.choice([". The patient is better today. ", " ok. Will share more soon. "])).plain("rest ").unit(d[5:])


@phone("splitting")
def with_words_between(r, d):
    return joined(r, list(d), [" apple ", " mango ", " kiwi ", " rose "])


@phone("splitting")
def letters_between(r, d):
    return joined(r, list(d), ["x", "k", "q", "w", "j"])


@phone("splitting")
def marks_between(r, d):
    return joined(r, list(d), ["~", "^", "#", "!", "$", "%", "*", "="])


@phone("splitting")
def arithmetic(r, d):
    out = []
    for c in d:
        n = int(c)
        a = r.randrange(0, n + 1)
        out.append("%d+%d" % (a, n - a))
    return joined(r, out, r.choice([", ", " | ", " ; "]))


@phone("splitting")
def subtraction(r, d):
    return joined(r, ["(%d-%d)" % (int(c) + k, k) for c, k in ((c, r.randrange(1, 5)) for c in d)], " ")


@phone("splitting")
def story(r, d):
    return Text().plain("begins with ").unit(d[:2]).plain(", in the middle there is ").unit(d[2:7]).plain(" and it ends in ").unit(d[7:])


@phone("splitting")
def positions(r, d):
    text = Text()
    for i, name in enumerate("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th".split()):
        text.plain(", " if i else "").plain(name + " is ").unit(d[i])
    return text


@phone("splitting")
def country_apart(r, d):
    return Text().plain("country code is ninety one, after it ").unit(d[:4]).plain(" pause ").unit(d[4:7]).plain(" pause ").unit(d[7:])


@phone("splitting")
def hidden_in_price(r, d):
    return Text().plain("Rs ").unit(d[:5]).plain(" plus Rs ").unit(d[5:]).plain(", remove the rupees and dial it")


@phone("leet")
def mixed_letters(r, d):
    t = {"0": "OoQD", "1": "Il|", "2": "Zz", "3": "E", "4": "A", "5": "Ss", "6": "Gb", "7": "T", "8": "B", "9": "g"}
    return joined(r, [r.choice(t[c]) if r.random() < 0.5 else c for c in d], "")


@phone("leet")
def leet_words(r, d):
    t = {"e": "3", "o": "0", "i": "1", "s": "5", "a": "4", "t": "7", "g": "9"}
    return joined(r, ["".join(t.get(c, c) if r.random() < 0.6 else c for c in EN[int(x)]) for x in d], " ")


@phone("leet")
def spaced_letters(r, d):
    t = {"0": "O", "1": "l", "5": "S", "8": "B", "2": "Z"}
    return joined(r, [t.get(c, c) for c in d], r.choice([" ", "-", "."]))


@phone("leet")
def brackets_for_zero(r, d):
    t = {"0": "()", "1": "!", "5": "$", "8": "&", "3": "€"}
    return joined(r, [t.get(c, c) for c in d], "")


@phone("leet")
def roman(r, d):
    h = "O I II III IV V VI VII VIII IX".split()
    return joined(r, [h[int(c)] for c in d], [" ", "-", "."])


@phone("leet")
def hex_written(r, d):
    return Text().plain("0x").unit("%X" % int(d)).plain(" in decimal")


@phone("homoglyph")
def greek_letters(r, d):
    t = {"0": "οΟ", "1": "Ιι", "3": "З", "4": "Ч", "6": "б", "5": "Ѕ", "2": "Ƨ", "8": "Ȣ"}
    return joined(r, [r.choice(t[c]) if c in t and r.random() < 0.6 else c for c in d], "")


@phone("homoglyph")
def cyrillic_words(r, d):
    t = str.maketrans("aeoixcps", "аеоіхсрѕ")
    return joined(r, [EN[int(c)].translate(t) for c in d], " ")


@phone("homoglyph")
def math_letters_words(r, d):
    base = r.choice([0x1D41A, 0x1D5EE, 0x1D68A])
    return joined(r, ["".join(chr(base + ord(c) - 97) for c in EN[int(x)]) for x in d], " ")


@phone("homoglyph")
def regional_letters(r, d):
    return joined(r, ["".join(chr(0x1F1E6 + ord(c) - 97) + "\u200b" for c in EN[int(x)]) for x in d], " ")


@phone("homoglyph")
def accents(r, d):
    t = str.maketrans("aeiounz", "áèïóùñž")
    return joined(r, [EN[int(c)].translate(t) for c in d], " ")


@phone("homoglyph")
def small_capitals(r, d):
    t = str.maketrans("aeionrstuvz", "ᴀᴇɪᴏɴʀꜱᴛᴜᴠᴢ")
    return joined(r, [EN[int(c)].translate(t) for c in d], " ")


# ---- mail


def at_dot(at, dot):
    def f(r, a):
        return Text().units_of(a).plain(r.choice(at)).plain(r.choice(PROVIDERS)).plain(r.choice(dot) + "com")
    return f


def family(name, mechanism, f):
    f.__name__ = name
    mail(mechanism)(f)


family("mail_et", "splitting", at_dot([" (et) ", " [et] ", " <a> "], [" (point) ", " [punkt] ", " <d> "]))
family("mail_devanagari", "script", at_dot([" ऐट ", " एट द रेट ", " अॅट "], [" डॉट ", " बिंदु "]))
family("mail_dott", "sound", at_dot([" aet ", " at d rate ", " ath the rate "], [" dott ", " daat ", " doht "]))
family("mail_slash", "splitting", at_dot(["/at/", "*at*", "|at|", "--at--"], ["/dot/", "*dot*", "|dot|", "--dot--"]))
family("mail_signs", "homoglyph", at_dot(["＠", "﹫", "ⓐ"], ["．", "。", "․", "·"]))
family("mail_arobase", "sound", at_dot([" arobase ", " at-sign ", " a in a circle "], [" full stop ", " period ", " point "]))
family("mail_entities", "leet", at_dot(["&#64;", "%40", "&#x40;", "&commat;"], ["&#46;", "%2E", "&period;"]))


@mail("sound")
def misspelt_provider(r, a):
    return Text().units_of(a).plain(r.choice([" at ", "@", " @ "])).plain(
        r.choice(["jeemail", "gee mail", "g mall", "yahu", "yaahoo", "hotmale", "hot mail", "out look", "readiffmail"])).plain(
        r.choice([" com", ".com", " dot com", ""]))


@mail("reversal")
def mail_backwards(r, a):
    return Text().units_of(("moc.%s@" % r.choice(PROVIDERS)[::-1])[0:0]).plain("moc.%s@" % r.choice(PROVIDERS)[::-1]).units_of(a[::-1])


@mail("reversal")
def mail_backwards_split(r, a):
    return Text().plain("moc dot %s at " % r.choice(PROVIDERS)[::-1]).units_of(a[::-1]).plain(" (reverse it)")


@mail("layout")
def mail_lines(r, a):
    return Text().units_of(a).plain("\n@\n").plain(r.choice(PROVIDERS)).plain("\n.com")


@mail("layout")
def mail_fields(r, a):
    return Text().plain("user: ").units_of(a).plain(r.choice([", domain: ", "\ndomain = ", " | host: "])).plain(r.choice(PROVIDERS) + ".com")


@mail("layout")
def mail_spread(r, a):
    return joined(r, list(a), " ").plain(" @ ").plain(" ".join(r.choice(PROVIDERS))).plain(" . c o m")


@mail("leet")
def mail_leet(r, a):
    t = str.maketrans("aeios", "43105")
    return Text().units_of(a.translate(t)).plain(r.choice(["@", "(@)", " @t "])).plain(r.choice(["gm4il", "g.mail", "y4hoo", "h0tmail", "0utlook"])).plain(r.choice([".c0m", ".com", " d0t com"]))


@mail("homoglyph")
def mail_cyrillic(r, a):
    t = str.maketrans("aeopcxysi", "аеорсхуѕі")
    return Text().units_of(a.translate(t)).plain("@").plain(r.choice(PROVIDERS).translate(t)).plain(".сом")


@mail("homoglyph")
def mail_math(r, a):
    m = "".join(chr(0x1D4EA + ord(c) - 97) if c.isalpha() else c for c in a)
    p = "".join(chr(0x1D4EA + ord(c) - 97) for c in r.choice(PROVIDERS) + "com")
    return Text().units_of(m).plain("@").plain(p[:-3] + "." + p[-3:])


@mail("splitting")
def mail_story(r, a):
    return Text().plain("before the at put ").units_of(a).plain(" and after it ").plain(r.choice(PROVIDERS)).plain(" dot com")


@mail("splitting")
def mail_and_then(r, a):
    return Text().units_of(a).plain(r.choice([" and then the usual google mail ending", " then @ then gmail then .com", " followed by @gmail.com"]))


# ---- a second set, unseen until the third was written


@phone("script")
def thai_and_tibetan(r, d):
    return joined(r, [indic_digit(r.choice([0xE50, 0xF20, 0x17E0, 0x1040]))(c) for c in d], ["", " "])


@phone("script")
def chinese_words(r, d):
    return joined(r, ["零一二三四五六七八九"[int(c)] for c in d], ["", " "])


@phone("script")
def two_scripts(r, d):
    return joined(r, [WORDS[r.choice(["hi", "ta", "bn", "kn"])][int(c)] for c in d], " ")


@phone("sound")
def spanish(r, d):
    return joined(r, ["cero uno dos tres cuatro cinco seis siete ocho nueve".split()[int(c)] for c in d], " ")


@phone("sound")
def capitals_run_together(r, d):
    return joined(r, [EN[int(c)].capitalize() for c in d], "")


@phone("sound")
def with_fillers(r, d):
    return joined(r, [EN[int(c)] for c in d], [" uh ", " hmm ", " ", " and then "])


@phone("layout")
def markdown_column(r, d):
    return joined(r, ["| %s |" % d[i : i + 2] for i in range(0, 10, 2)], "\n|---|\n")


@phone("layout")
def staircase(r, d):
    text = Text()
    for i, c in enumerate(d):
        text.plain("\n" + " " * i if i else "").unit(c)
    return text


@phone("layout")
def wide_gaps(r, d):
    return joined(r, [d[:3], d[3:6], d[6:8], d[8:]], "\n\n\n\n")


@phone("reversal")
def end_to_start(r, d):
    return joined(r, list(d[::-1]), "").plain(r.choice([" (end se start)", ", flip it", " <- reverse order mein"]))


@phone("reversal")
def reversed_groups(r, d):
    return joined(r, [d[::-1][:5], d[::-1][5:]], " ").plain(" reversed digits")


@phone("reversal")
def mirrored_words_joined(r, d):
    return joined(r, [EN[int(c)][::-1] for c in d[::-1]], "-").plain(" mirror image")


@phone("splitting")
def bracketed_each(r, d):
    return joined(r, ["(%s)" % c for c in d], ["", " "])


@phone("splitting")
def named_values(r, d):
    text = Text()
    for i, c in enumerate(d):
        text.plain(" " if i else "").plain("abcdefghij"[i] + "=").unit(c)
    return text


@phone("splitting")
def between_hashtags(r, d):
    return joined(r, ["#" + d[:4], "#" + d[4:7], "#" + d[7:]], [" ", "\n"])


@phone("leet")
def grouped_leet(r, d):
    t = {"0": "O", "1": "I", "5": "S", "8": "B"}
    e = "".join(t.get(c, c) for c in d)
    return joined(r, [e[:3], e[3:6], e[6:]], ["-", " ", "."])


@phone("leet")
def leet_words_joined(r, d):
    return joined(r, [EN[int(x)].replace("e", "3").replace("o", "0") for x in d], ["-", "_", "."])


@phone("homoglyph")
def full_width_words(r, d):
    return joined(r, ["".join(chr(0xFF41 + ord(c) - 97) for c in EN[int(x)]) for x in d], " ")


@phone("homoglyph")
def dotted_words(r, d):
    t = str.maketrans("eionu", "ėịọṇụ")
    return joined(r, [EN[int(c)].translate(t) for c in d], " ")


@mail("splitting")
def mail_on_service(r, a):
    return Text().units_of(a).plain(r.choice([" gmail wala", ", the google one, gmail com", " (its a gmail dot com)"]))


@mail("layout")
def mail_upside(r, a):
    return Text().plain("gmail.com <- ").units_of(a)


@mail("sound")
def mail_hinglish(r, a):
    return Text().units_of(a).plain(r.choice([" et d ret ", " at the ret "])).plain("gmail dat com")


@mail("leet")
def mail_marks(r, a):
    return Text().units_of(a).plain(r.choice(["(@)", "[@]", " <at> ", "{at}"])).plain("yahoo").plain(r.choice(["(.)", "[.]", " <dot> ", "{dot}"])).plain("co.in")

# ---- a third set, unseen until the fourth was written


WORDS.update({
    "te": "సున్న ఒకటి రెండు మూడు నాలుగు ఐదు ఆరు ఏడు ఎనిమిది తొమ్మిది".split(),
    "or": "ଶୂନ ଏକ ଦୁଇ ତିନି ଚାରି ପାଞ୍ଚ ଛଅ ସାତ ଆଠ ନଅ".split(),
    "ar": "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة".split(),
    "ru": "ноль один два три четыре пять шесть семь восемь девять".split(),
    "zh_bank": list("零壹贰叁肆伍陆柒捌玖"),
    "lat_fr": "zero un deux trois quatre cinq six sept huit neuf".split(),
    "lat_de": "null eins zwei drei vier funf sechs sieben acht neun".split(),
    "lat_as": "xunya ek dui tini sari pas soy xat ath no".split(),
})
for language in "te or ar ru zh_bank lat_fr lat_de lat_as".split():
    f = words(language)
    f.__name__ = "words_" + language
    phone("script" if not language.startswith("lat") else "sound")(f)


@phone("script")
def nko_and_lao(r, d):
    return joined(r, [indic_digit(r.choice([0x7C0, 0xED0, 0x1810]))(c) for c in d], "")


@phone("script")
def roman_characters(r, d):
    return joined(r, ["0" if c == "0" else chr(0x2160 + int(c) - 1) for c in d], ["", " ", "-"])


@phone("sound")
def vowels_dropped(r, d):
    return joined(r, ["zr on tw thr fr fv sx svn ght nn".split()[int(c)] for c in d], " ")


@phone("sound")
def digit_for_first_letter(r, d):
    return joined(r, ["0ero 1ne 2wo 3hree 4our 5ive 6ix 7even 8ight 9ine".split()[int(c)] for c in d], " ")


@phone("sound")
def words_and_commas(r, d):
    return joined(r, [EN[int(c)].upper() for c in d], [", ", " and "])


@phone("sound")
def digit_and_word(r, d):
    return joined(r, ["%s (%s)" % (c, EN[int(c)]) for c in d], [" ", ", "])


@phone("layout")
def json_array(r, d):
    return Text().plain("[") and joined(r, list(d), r.choice([", ", ","])).plain("]")


@phone("layout")
def quoted_digits(r, d):
    return joined(r, ["'%s'" % c for c in d], [",", ", ", " "])


@phone("layout")
def slashes(r, d):
    return joined(r, [d[i : i + 2] for i in range(0, 10, 2)], r.choice(["/", " / ", "\\", " \\ "]))


@phone("layout")
def arrows(r, d):
    return joined(r, [d[:2], d[2:4], d[4:6], d[6:8], d[8:]], r.choice([" -> ", " → ", " ↓ ", " >> "]))


@phone("layout")
def lettered_rows(r, d):
    text = Text()
    for i in range(5):
        text.plain((r.choice(["\n", " "]) if i else "") + "abcde"[i] + ") ").unit(d[2 * i : 2 * i + 2])
    return text


@phone("layout")
def rows_with_names(r, d):
    text = Text()
    for i, part in enumerate([d[:3], d[3:6], d[6:]]):
        text.plain("\n" if i else "").plain(r.choice(["row %d: ", "line %d - ", "%d. "]) % (i + 1)).unit(part)
    return text


@phone("reversal")
def written_from_right(r, d):
    return Text().plain("write from the right: ") and joined(r, [d[::-1][:5], d[::-1][5:]], "-").plain(r.choice([" (start from the last digit)", " (last digit first)"]))


@phone("reversal")
def last_pair_first(r, d):
    return joined(r, [d[i : i + 2] for i in range(8, -2, -2)], " ").plain(" (last pair first)")


@phone("reversal")
def hindi_words_backwards(r, d):
    h = "zero ek do teen char paanch chhe saat aath nau".split()
    return joined(r, [h[int(c)] for c in d[::-1]], " ").plain(r.choice([" ulta", " (ulte kram mein)"]))


@phone("reversal")
def in_reverse_please(r, d):
    return joined(r, list(d[::-1]), r.choice([" ", "."])).plain(r.choice([" - in reverse please", " (mirror it)", ", turn it around"]))


@phone("splitting")
def animals(r, d):
    things = r.sample("cats dogs cows fish birds cups books pens trees boats cars lamps".split(), 10)
    text = Text()
    for i, c in enumerate(d):
        text.plain(" " if i else "").unit(c).plain(" " + things[i])
    return text


@phone("splitting")
def doses(r, d):
    text = Text()
    for i in range(0, 10, 2):
        text.plain(", " if i else "").unit(d[i : i + 2]).plain(" mg")
    return text.plain(r.choice([" (drop the mg and dial)", " - remove mg, that is my number"]))


@phone("splitting")
def digit_names(r, d):
    text = Text()
    for i, name in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split()):
        text.plain(", " if i else "").plain(name + " digit ").unit(EN[int(d[i])] if r.random() < 0.3 else d[i])
    return text


@phone("splitting")
def three_parts_named(r, d):
    return Text().plain("operator code ").unit(d[:4]).plain(r.choice([", then ", "; next ", ", followed by "])).unit(d[4:7]).plain(
        r.choice([", finally ", " and lastly ", " and then "])).unit(d[7:])


@phone("splitting")
def sentence_between(r, d):
    return Text().unit(d[:5]).plain(r.choice([" is how it begins, and it goes on with ", " opens it; what follows is ", " (continue with) "])).unit(d[5:])


@phone("splitting")
def underscored_noise(r, d):
    return joined(r, list(d), ["_a_", "_b_", "-c-", ".d."])


@phone("leet")
def keypad_letters(r, d):
    keys = {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ"}
    return joined(r, [r.choice(keys[c]) if c in keys and i > 5 else c for i, c in enumerate(d)], "")


@phone("leet")
def words_with_digits(r, d):
    h = "zer0 0ne tw0 thr33 f0ur f1ve s1x s3ven e1ght n1ne".split()
    return joined(r, [r.choice([h[int(c)], c]) for c in d], [" ", "-"])


@phone("leet")
def nine_as_g(r, d):
    return joined(r, [{"9": "g", "0": "o", "1": "i"}.get(c, c) for c in d], ["", "", " "])


@phone("leet")
def binary_coded(r, d):
    return joined(r, [format(int(c), "04b") for c in d], " ").plain(" (bcd)")


@phone("homoglyph")
def circled_words(r, d):
    return joined(r, ["".join(chr(0x24D0 + ord(c) - 97) for c in EN[int(x)]) for x in d], " ")


@phone("homoglyph")
def squared_words(r, d):
    return joined(r, ["".join(chr(0x1F130 + ord(c) - 97) for c in EN[int(x)]) for x in d], " ")


@phone("homoglyph")
def cherokee_letters(r, d):
    t = str.maketrans("eizwhvsotrn", "ꭼꭵᴢᴡꮒᴠꜱᴏꭲꮁɴ")
    return joined(r, [EN[int(c)].translate(t) for c in d], " ")


@phone("homoglyph")
def fraktur_and_script(r, d):
    base = r.choice([0x1D51E, 0x1D4EA, 0x1D552])
    return joined(r, ["".join(chr(base + ord(c) - 97) for c in EN[int(x)]) for x in d], [" ", ", "])


family("mail_brackets_wide", "homoglyph", at_dot(["【at】", "「at」", "（at）", "〔@〕"], ["【dot】", "「dot」", "（dot）", "〔.〕"]))
family("mail_hash", "splitting", at_dot(["#at#", " ~at~ ", "_at_", "=at="], ["#dot#", " ~dot~ ", "_dot_", "=dot="]))
family("mail_at_rate_run", "sound", at_dot([" attherate ", " at-the-rate-of ", " atsign "], [" dot ", "dot", " d0t "]))


@mail("splitting")
def mail_remove(r, a):
    word = r.choice(["REMOVE", "NOSPAM", "DELETE"])
    return Text().units_of(a).plain(word + "@" + r.choice(PROVIDERS) + word + ".com")


@mail("splitting")
def mail_insert(r, a):
    return Text().plain(r.choice(["put an @ between ", "join with the at sign: "])).units_of(a).plain(r.choice([" and ", " + "])).plain(r.choice(PROVIDERS) + ".com")


@mail("layout")
def mail_table(r, a):
    return Text().plain("| ").units_of(a).plain(" | @ | ").plain(r.choice(PROVIDERS)).plain(" | .com |")


@mail("layout")
def mail_parts_listed(r, a):
    return Text().plain(r.choice(["1) ", "- ", "a. "])).units_of(a).plain(r.choice(["\n2) at\n3) ", "\n- at\n- "])).plain(r.choice(PROVIDERS)).plain(" dot com")


@mail("reversal")
def mail_host_first(r, a):
    return Text().plain(r.choice(PROVIDERS) + ".com" + r.choice([" at the end, ", " comes after the @, before it "])).units_of(a)


@mail("leet")
def mail_numbers(r, a):
    return Text().units_of(a).plain(r.choice([" 4t ", "(4t)", " @7 "])).plain(r.choice(["gma1l", "yah00", "h0tma1l", "0utl00k"])).plain(r.choice([" d0t c0m", ".c0m", " . c0m"]))


@mail("script")
def mail_tamil_at(r, a):
    return Text().units_of(a).plain(r.choice([" அட் ", " এট ", " એટ ", " ಅಟ್ "])).plain(r.choice(PROVIDERS)).plain(r.choice([" டாட் ", " ডট ", " ડોટ ", " ಡಾಟ್ "])).plain("com")


# ---- a fourth set, unseen until the fifth was written


@phone("script")
def tibetan_and_latin(r, d):
    return joined(r, [r.choice([c, indic_digit(0xF20)(c), indic_digit(0x1090)(c)]) for c in d], "")


@phone("script")
def tamil_and_digits(r, d):
    return joined(r, [r.choice([c, WORDS["ta"][int(c)], WORDS["te"][int(c)]]) for c in d], [" ", ", "])


@phone("script")
def superscript_grouped(r, d):
    sup = "⁰¹²³⁴⁵⁶⁷⁸⁹"
    return joined(r, ["".join(sup[int(c)] for c in d[i : i + 5]) for i in (0, 5)], ["-", " ", "·"])


@phone("sound")
def doubled_by_x2(r, d):
    text = Text()
    i = 0
    while i < 10:
        n = 2 if i + 1 < 10 and d[i] == d[i + 1] else 1
        text.plain(" " if i else "").unit(EN[int(d[i])]).plain(" x2" if n == 2 else "")
        i += n
    return text


@phone("sound")
def threes_in_hundreds(r, d):
    text = Text()
    for i, part in enumerate([d[:3], d[3:6], d[6:8], d[8:]]):
        text.plain(", " if i else "")
        text.unit(part if r.random() < 0.4 else " ".join(EN[int(c)] for c in part))
    return text


@phone("sound")
def lisped(r, d):
    return joined(r, ["theero one too thwee fowah fife thixth theven eit nahn".split()[int(c)] for c in d], " ")


@phone("sound")
def marathi_and_english(r, d):
    h = "shunya ek don teen char paach saha saat aath nau".split()
    return joined(r, [r.choice([h[int(c)], EN[int(c)]]) for c in d], ["-", " "])


@phone("layout")
def colon_table(r, d):
    return joined(r, [d[i : i + 2] for i in range(0, 10, 2)], ":")


@phone("layout")
def checkbox_lines(r, d):
    return joined(r, ["[x] " + c for c in [d[:3], d[3:6], d[6:]]], "\n")


@phone("layout")
def code_fence(r, d):
    return Text().plain("```\n").unit(d[:4]).plain("\n").unit(d[4:7]).plain("\n").unit(d[7:]).plain("\n```")


@phone("layout")
def centred_dots(r, d):
    return joined(r, list(d), r.choice([" . ", " · ", " • ", " ° "]))


@phone("reversal")
def tail_then_head(r, d):
    return Text().plain("ends with ").unit(d[6:]).plain(r.choice([", starts with ", " and starts "])).unit(d[:6])


@phone("reversal")
def right_to_left_groups(r, d):
    return Text().plain("(right to left) ") and joined(r, [d[7:][::-1], d[3:7][::-1], d[:3][::-1]], " ").plain(" - right to left")


@phone("reversal")
def back_to_front(r, d):
    return joined(r, list(d[::-1]), r.choice(["", "-"])).plain(r.choice([" back to front", " (last to first)", ", reading from the back"]))


@phone("splitting")
def minus_noise(r, d):
    return Text().unit(d[:5]).plain(r.choice([" XX ", " blah ", " abc "])).unit(d[5:]).plain(" without the letters")


@phone("splitting")
def fruit_pairs(r, d):
    things = r.sample("mangoes apples grapes plums figs".split(), 5)
    text = Text()
    for i in range(5):
        text.plain(", " if i else "").unit(d[2 * i : 2 * i + 2]).plain(" " + things[i])
    return text


@phone("splitting")
def start_middle_end(r, d):
    return Text().plain(r.choice(["start: ", "beginning = "])).unit(d[:3]).plain(r.choice(["; middle: ", "; centre = "])).unit(d[3:7]).plain(
        r.choice(["; end: ", "; close = "])).unit(d[7:])


@phone("splitting")
def bracket_words(r, d):
    return joined(r, list(d), [" (dot) ", " (gap) ", " (and) "])


@phone("splitting")
def sentence_of_counts(r, d):
    text = Text()
    for i, c in enumerate(d):
        text.plain(r.choice([" then ", ", next ", " after that "]) if i else "").unit(c)
    return text


@phone("leet")
def asterisk_noise(r, d):
    return joined(r, [{"0": "o", "1": "l", "5": "s"}.get(c, c) for c in d], ["*", "**"])


@phone("leet")
def upper_and_lower(r, d):
    t = {"0": "o", "1": "L", "2": "z", "8": "B", "5": "$"}
    return joined(r, [t.get(c, c) for c in d], r.choice(["", " "]))


@phone("homoglyph")
def greek_words(r, d):
    t = str.maketrans("einotuvxz", "εινοτυνχζ")
    return joined(r, [EN[int(c)].translate(t) for c in d], " ")


@phone("homoglyph")
def armenian_letters(r, d):
    t = str.maketrans("onuhsg", "օոսհѕց")
    return joined(r, [EN[int(c)].translate(t) for c in d], [" ", "-"])


@phone("homoglyph")
def circled_negative(r, d):
    return joined(r, ["⓿" if c == "0" else chr(0x2776 + int(c) - 1) for c in d], ["", "-", " "])


family("mail_atrate_hindi", "sound", at_dot([" at the red ", " ettarate ", " adderate "], [" daut ", " dot ", " point "]))
family("mail_quotes", "splitting", at_dot([' "at" ', " 'at' ", " «at» "], [' "dot" ', " 'dot' ", " «dot» "]))


@mail("splitting")
def mail_spelled_end(r, a):
    return Text().units_of(a).plain(r.choice([", at, ", "; at; "])).plain(r.choice(PROVIDERS)).plain(r.choice([", dot, com", "; dot; com"]))


@mail("layout")
def mail_two_lines(r, a):
    return Text().units_of(a).plain("\n@" + r.choice(PROVIDERS) + ".com")


@mail("reversal")
def mail_provider_then_name(r, a):
    return Text().plain("on " + r.choice(PROVIDERS) + r.choice([" I am ", " as ", ", my id there is "])).units_of(a)


@mail("homoglyph")
def mail_fullwidth_parts(r, a):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in r.choice(PROVIDERS))
    return Text().units_of(a).plain("＠" + wide + "．ｃｏｍ")


# ---- a fifth set


@phone("script")
def gujarati_in_groups(r, d):
    return joined(r, ["".join(indic_digit(0xAE6)(c) for c in part) for part in (d[:3], d[3:6], d[6:])], ["-", ".", " "])


@phone("script")
def hindi_words_and_digits(r, d):
    return joined(r, [r.choice([WORDS["hi"][int(c)], c, indic_digit(0x966)(c)]) for c in d], [" ", "-"])


@phone("sound")
def slow_speech(r, d):
    return joined(r, [EN[int(c)] + r.choice(["", "..", "...", ","]) for c in d], " ")


@phone("sound")
def telugu_and_english(r, d):
    h = "sunna okati rendu moodu naalugu aidu aaru edu enimidi tommidi".split()
    return joined(r, [r.choice([h[int(c)], EN[int(c)]]) for c in d], " ")


@phone("sound")
def typed_in_haste(r, d):
    h = "zreo oen tow there fuor fvie sxi sevne eihgt nien".split()
    return joined(r, [r.choice([h[int(c)], EN[int(c)], EN[int(c)]]) for c in d], " ")


@phone("layout")
def semicolons(r, d):
    return joined(r, [d[:2], d[2:6], d[6:]], r.choice(["; ", " ;; ", ";"]))


@phone("layout")
def indented_pairs(r, d):
    return joined(r, [d[i : i + 2] for i in range(0, 10, 2)], ["\n  ", "\n    "])


@phone("layout")
def bracketed_groups(r, d):
    return joined(r, ["[%s]" % p for p in (d[:4], d[4:7], d[7:])], ["", " ", "-"])


@phone("reversal")
def ulta_english(r, d):
    return Text().plain("ulta number: ") and joined(r, [d[::-1]], "").plain(r.choice([" (ulta hai)", " ulta likha hai"]))


@phone("reversal")
def second_part_first(r, d):
    return Text().plain("last six digits ").unit(d[4:]).plain(" and the first four are ").unit(d[:4])


@phone("splitting")
def colours_between(r, d):
    return joined(r, [d[i : i + 2] for i in range(0, 10, 2)], [" red ", " blue ", " green "])


@phone("splitting")
def two_lines_apart(r, d):
    return Text().plain("first part of my number ").unit(d[:5]).plain("\nwe can discuss the data later\nsecond part ").unit(d[5:])


@phone("splitting")
def commas_and_dots(r, d):
    return joined(r, list(d), [", ", ". ", " . ", ",,"])


@phone("leet")
def one_as_pipe(r, d):
    return joined(r, [{"1": "|", "0": "O"}.get(c, c) for c in d], "")


@phone("leet")
def leet_pairs(r, d):
    t = {"0": "O", "1": "I", "5": "S", "2": "Z", "8": "B"}
    e = "".join(t.get(c, c) for c in d)
    return joined(r, [e[i : i + 2] for i in range(0, 10, 2)], ["-", " "])


@phone("homoglyph")
def cyrillic_digits(r, d):
    t = {"0": "О", "3": "З", "6": "б", "4": "Ч"}
    return joined(r, [t.get(c, c) for c in d], ["", "", " "])


@phone("homoglyph")
def bold_italic_words(r, d):
    base = r.choice([0x1D482, 0x1D622, 0x1D656])
    return joined(r, ["".join(chr(base + ord(c) - 97) for c in EN[int(x)]) for x in d], ["-", " "])


@mail("splitting")
def mail_then_dot(r, a):
    return Text().units_of(a).plain(r.choice([" at ", " @ "])).plain(r.choice(PROVIDERS)).plain(r.choice([" then dot then com", " and dot com", " plus .com"]))


@mail("layout")
def mail_colon_pairs(r, a):
    return Text().plain("name: ").units_of(a).plain("; server: ").plain(r.choice(PROVIDERS) + ".com")


@mail("sound")
def mail_ate_rate(r, a):
    return Text().units_of(a).plain(r.choice([" ate the rate ", " aat the rate ", " at di rate "])).plain(r.choice(PROVIDERS)).plain(r.choice([" dot com", ".com"]))


@mail("reversal")
def mail_com_first(r, a):
    return Text().plain("com dot " + r.choice(PROVIDERS) + " at ").units_of(a).plain(" (other way round)")


# ---- a sixth set: two of each mechanism for tuning, two to judge


def spoken(name, mechanism, text, gap=" "):
    h = text.split()
    f = lambda r, d: joined(r, [h[int(c)] for c in d], gap)
    f.__name__ = name
    phone(mechanism)(f)


spoken("telugu_script", "script", "సున్నా ఒకటి రెండు మూడు నాలుగు ఐదు ఆరు ఏడు ఎనిమిది తొమ్మిది")
spoken("odia_script", "script", "ଶୂନ ଏକ ଦୁଇ ତିନି ଚାରି ପାଞ୍ଚ ଛଅ ସାତ ଆଠ ନଅ")
spoken("persian_words", "script", "صفر یک دو سه چهار پنج شش هفت هشت نه")
spoken("tamil_latin", "sound", "poojiyam onnu rendu moonu naalu anju aaru ezhu ettu onbadhu")
spoken("odia_latin", "sound", "shunya eka dui tini chari pancha chha sata atha naa")
spoken("accented", "sound", "jeero bun tu thiri phor phaibh chhix sebhen eit nayin")
spoken("lengthened", "sound", "zerooo onee twoo threeee fourr fivve sixxx sevennn eightt ninee", [" ", ", "])


@phone("script")
def thai_digits(r, d):
    return joined(r, [indic_digit(0xE50)(c) for c in d], ["", " "])


@phone("script")
def persian_digits_spaced(r, d):
    return joined(r, [indic_digit(0x6F0)(c) for c in d], [" ", "-"])


@phone("sound")
def vowels_changed(r, d):
    return joined(r, ["".join(r.choice("aeiou") if c in "aeiou" and r.random() < 0.4 else c for c in EN[int(x)]) for x in d], " ")


@phone("layout")
def json_array(r, d):
    return Text().plain("[") and joined(r, list(d), ", ").plain("]")


@phone("layout")
def blank_lines(r, d):
    return joined(r, [d[:3], d[3:6], d[6:]], ["\n\n", "\n\n\n"])


@phone("layout")
def markdown_table(r, d):
    return Text().plain("| a | b |\n|---|---|\n| ").unit(d[:5]).plain(" | ").unit(d[5:]).plain(" |")


@phone("layout")
def xml_tags(r, d):
    return joined(r, list(d), r.choice(["</d><d>", "</li><li>", "<wbr>"]))


@phone("reversal")
def mirror_first(r, d):
    return Text().plain(r.choice(["in the mirror it says ", "ulta padhna: ", "reversed: "])).unit(d[::-1])


@phone("reversal")
def hindi_words_turned(r, d):
    h = "zero ek do teen char paanch chhe saat aath nau".split()
    return joined(r, [h[int(c)] for c in d[::-1]], " ").plain(r.choice([" (ulta)", " ulte kram mein"]))


@phone("reversal")
def pairs_from_the_end(r, d):
    return joined(r, [d[i : i + 2] for i in (8, 6, 4, 2, 0)], " ").plain(r.choice([" (last pair comes first)", ", pairs in reverse order"]))


@phone("reversal")
def tail_then_head(r, d):
    return Text().plain("ends with ").unit(d[6:]).plain(" and begins with ").unit(d[:6])


@phone("splitting")
def join_a_and_b(r, d):
    return Text().plain("A = ").unit(d[:5]).plain(", B = ").unit(d[5:]).plain(". Join A and B")


@phone("splitting")
def then_between(r, d):
    return joined(r, [d[:2], d[2:4], d[4:6], d[6:8], d[8:]], [" then ", " phir ", " uske baad "])


@phone("splitting")
def clock_times(r, d):
    return joined(r, ["%s:%s" % (d[i], d[i + 1]) for i in range(0, 10, 2)], " ").plain(" without the colons")


@phone("splitting")
def also_between(r, d):
    return Text().unit(d[:2]).plain(" and also ").unit(d[2:5]).plain(" plus ").unit(d[5:7]).plain(" along with ").unit(d[7:])


@phone("leet")
def letters_for_most(r, d):
    t = dict(zip("0123456789", "OlZEASGTBq"))
    return joined(r, [t[c] if r.random() < 0.7 else c for c in d], "")


@phone("leet")
def signs_in_words(r, d):
    t = {"e": "3", "i": "!", "s": "$", "o": "0", "a": "@"}
    return joined(r, ["".join(t.get(c, c) if r.random() < 0.5 else c for c in EN[int(x)]) for x in d], " ")


@phone("leet")
def shifted_keys(r, d):
    k = dict(zip("1234567890", "!@#$%^&*()"))
    return joined(r, [k[c] if r.random() < 0.3 else c for c in d], "")


@phone("leet")
def q_for_nine(r, d):
    t = {"9": "q", "6": "b", "0": "o", "1": "l"}
    return joined(r, [t.get(c, c) for c in d], r.choice(["", " "]))


@phone("homoglyph")
def circled_words(r, d):
    return joined(r, ["".join(chr(0x24D0 + ord(c) - 97) for c in EN[int(x)]) for x in d], " ")


@phone("homoglyph")
def latin_extended(r, d):
    t = {"2": "Ƨ", "3": "Ʒ", "5": "Ƽ", "8": "Ȣ", "1": "ǀ", "0": "Ⲟ"}
    return joined(r, [t.get(c, c) for c in d], ["", " "])


@phone("homoglyph")
def lisu_words(r, d):
    t = str.maketrans("efghinorstuvwxz", "ꓰꓝꓖꓧꓲꓠꓳꓣꓢꓔꓴꓦꓪꓫꓜ")
    return joined(r, [EN[int(c)].translate(t) for c in d], " ")


@phone("homoglyph")
def segmented_digits(r, d):
    return joined(r, [chr(0x1FBF0 + int(c)) for c in d], ["", " "])


@mail("homoglyph")
def mail_monospace(r, a):
    t = "".join(chr(0x1D68A + ord(c) - 97) if c.isalpha() else c for c in a)
    return Text().units_of(t).plain("@" + r.choice(PROVIDERS) + ".com")


@mail("layout")
def mail_in_lines(r, a):
    return Text().units_of(a).plain("\n(at)\n").plain(r.choice(PROVIDERS)).plain("\n(dot)\ncom")


@mail("reversal")
def mail_domain_first(r, a):
    return Text().plain("at " + r.choice(PROVIDERS) + " dot com, and before that ").units_of(a)


@mail("splitting")
def mail_braces(r, a):
    return Text().units_of(a).plain(r.choice(["{{at}}", "<<at>>", "((@))"])).plain(r.choice(PROVIDERS)).plain(r.choice(["{{dot}}", "<<dot>>", "((.))"]) + "com")


# ---- the fifth set


@phone("layout")
def letter_after_each(r, d):
    text = Text()
    for i, c in enumerate(d):
        text.unit(c)
        if i + 1 < len(d):
            text.plain("abcdefghijkmn"[i])
    return text


@phone("layout")
def one_mark_between_all(r, d):
    return joined(r, list(d), r.choice(["=", "\n", "~", " > ", "^", ";"]))


@phone("layout")
def items_by_letter(r, d):
    return Text().plain("a) ").units_of(d[:5]).plain(" b) ").units_of(d[5:])


@phone("splitting")
def bracketed_aside(r, d):
    return Text().units_of(d[:5]).plain(r.choice([" (new line) ", " (call between 6-8 pm) ", " (and then) "])).units_of(d[5:])


@phone("splitting")
def halves_on_lines_of_their_own(r, d):
    return Text().plain("\n").units_of(d[:5]).plain("\nThanks for the slides, they were helpful.\n").units_of(d[5:]).plain("\n")


@phone("splitting")
def order_in_hinglish(r, d):
    return Text().plain("pehle ").units_of(d[:2]).plain(" phir ").units_of(d[2:5]).plain(" uske baad ").units_of(d[5:7]).plain(
        " aur aakhir me ").units_of(d[7:])


@phone("splitting")
def order_in_hindi(r, d):
    return Text().plain("पहले ").units_of(d[:4]).plain(" फिर ").units_of(d[4:7]).plain(" और अंत में ").units_of(d[7:])


@phone("splitting")
def tail_named_first(r, d):
    return Text().units_of(d[5:]).plain(" is the end and ").units_of(d[:5]).plain(" is the beginning")


@phone("sound")
def slips_of_the_keyboard(r, d):
    def slip(word):
        i = r.randrange(len(word) - 1)
        return word[:i] + word[i + 1] + word[i] + word[i + 2:] if r.random() < 0.5 else word
    return joined(r, [slip(EN[int(c)]) for c in d], " ")


@phone("sound")
def some_as_nobody_spells(r, d):
    odd = "zeerow wonne tooh thurree foorh fyfe sicksz sevvun eyghte nynne".split()
    at = r.sample(range(10), 3)
    return joined(r, [odd[int(c)] if i in at else EN[int(c)] for i, c in enumerate(d)], " ")


@phone("sound")
def as_a_numeral(r, d):
    return Text().unit(d[:3]).plain(" crore ").unit(d[3:5]).plain(" lakh ").unit(d[5:7]).plain(" thousand ").unit(d[7:]) if "0" not in (
        d[3], d[5], d[7]) else Text().units_of(d)


@phone("leet")
def words_and_look_alikes_in_one(r, d):
    look = {"0": "O", "1": "l", "3": "E", "5": "S"}
    return joined(r, [EN[int(c)] if i % 3 == 1 else look.get(c, c) if i % 3 == 2 else c for i, c in enumerate(d)], "")


@phone("leet")
def capital_i_as_l(r, d):
    return joined(r, [EN[int(c)].upper().replace("I", "l").replace("O", "0") for c in d], " ")


@phone("leet")
def in_base64(r, d):
    return Text().unit(base64.b64encode(d.encode()).decode())


@phone("leet")
def ascii_in_hex(r, d):
    return Text().plain("hex ").units_of(" ".join("%x" % ord(c) for c in d))


@phone("script")
def clock_faces(r, d):
    return joined(r, [chr(0x1F550 + int(c) - 1) if c != "0" else chr(0x1F55B) for c in d], ["", " "])


@mail("leet")
def provider_in_leet(r, a):
    return Text().units_of(a).plain(r.choice(["@", " at ", " (4t) ", " [a7] "])).plain(
        r.choice(["gm4il", "gma1l", "y4h00", "h0tma1l", "0utl00k", "gm@il", "gma!l"])).plain(r.choice([".c0m", " dot com", " d0t c0m"]))


@mail("reversal")
def each_word_backwards(r, a):
    words = "".join(c if c.isalnum() else " " for c in a).split()
    name = Text()
    for i, word in enumerate(words):
        if i:
            name.plain(".")
        name.units_of(word[::-1])
    return name.plain(" ta ").plain(r.choice(PROVIDERS)[::-1]).plain(" tod moc")


@mail("layout")
def a_mark_between_all(r, a):
    mark = r.choice(["|", " | ", "*", "~"])
    text = Text()
    for i, c in enumerate(a + "@" + r.choice(PROVIDERS) + ".com"):
        if i:
            text.plain(mark)
        text.unit(c) if i < len(a) and c.isalnum() else text.plain(c)
    return text


@phone("layout")
def arrows_and_singles(r, d):
    return joined(r, list(d), [" -> "])


@phone("splitting")
def asides_in_brackets_of_their_own(r, d):
    return Text().units_of(d[:5]).plain(r.choice([" [see below] ", " {contd} ", " (pto) "])).units_of(d[5:])


@phone("splitting")
def order_in_marathi(r, d):
    return Text().plain("आधी ").units_of(d[:5]).plain(" नंतर ").units_of(d[5:])


@phone("leet")
def binary_coded(r, d):
    return joined(r, [format(int(c), "04b") for c in d], " ")


@mail("leet")
def leet_name_and_host(r, a):
    return Text().units_of(a.replace("a", "4").replace("e", "3")).plain(" a7 ").plain(r.choice(["r3diffmail", "ic10ud", "ho7mail"])).plain(" dot com")


UNSEEN = """arrows_and_singles asides_in_brackets_of_their_own order_in_marathi binary_coded leet_name_and_host thai_digits odia_script odia_latin accented vowels_changed markdown_table xml_tags pairs_from_the_end
tail_then_head clock_times also_between shifted_keys q_for_nine lisu_words segmented_digits mail_domain_first
mail_braces""".split()

PHONE_CARRIERS = ["call me on {}", "my number: {}", "{} - ring after 6", "whatsapp {} please", "mobile {}", "you can dial {} anytime",
                  "Dr here, {} is my direct line", "pls note my no. {}", "mera number {} hai", "contact: {}. Thanks", "ph {}",
                  "reach me outside the app at {}"]
MAIL_CARRIERS = ["mail me at {}", "my email is {}", "send the slides to {}", "email: {}. Thanks", "write to {} please", "id {}",
                 "mera mail {} hai", "forward it to {}"]
TAILS = ["", "", "", " ok", " thanks", ". We start 500 mg BD then.", "\nRegards", " 🙏", ". Can we move the 4:30 pm slot?"]


def halves(families):
    out = {"tune": [], "unseen": []}
    for mechanism, fs in sorted(families.items()):
        for f in sorted(fs, key=lambda f: f.__name__):
            out["unseen" if f.__name__ in UNSEEN else "tune"].append((mechanism, f))
    return out


def contacts(half, seed, count):
    for kind, families, carriers, value in (("PHONE", PHONE, PHONE_CARRIERS, mobile), ("EMAIL", MAIL, MAIL_CARRIERS, account)):
        for mechanism, f in halves(families)[half]:
            r = random.Random("%d %s" % (seed, f.__name__))
            for _ in range(count):
                inner = f(r, value(r))
                before, _, after = r.choice(carriers).partition("{}")
                after += r.choice(TAILS)
                if r.random() < 0.3:
                    before = before.upper() if r.random() < 0.3 else before.lower()
                shift = len(before.encode())
                units = [[s + shift, e + shift, w] for s, e, w in inner.units]
                yield {"text": before + inner.bytes.decode() + after, "class": "adv_" + mechanism, "family": f.__name__,
                       "novel": half == "unseen",
                       "spans": [{"type": kind, "start": units[0][0] if units else shift,
                                  "end": shift + len(inner.bytes), "units": units}]}


# ---- messages without a contact

def n(r, digits):
    return str(r.randrange(10 ** (digits - 1), 10**digits))


def code(r, letters, digits):
    return "".join(r.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(letters)) + n(r, digits)


CLEAN = {
    "dose": ["Tab {drug} {d3} mg BD x {d1} days, then {d2} mg OD for {d2} days", "{drug} {d1}.{d1} mg/kg q{d2}h, max {d4} mg per day",
             "take one in the morning, two at night for five to seven days", "insulin {d2} units at 8 am, {d2} at 2 pm, {d2} at 9 pm",
             "ek goli subah, do goli raat ko, saat din tak", "titrate 25 - 50 - 75 - 100 - 150 - 200 mg every two weeks"],
    "lab": ["Na {d3} K 4.{d1} Cl {d3} HCO3 {d2} urea {d2} creat 1.{d1}", "Hb {d2}.{d1} TLC {d5} plt {d6} ESR {d2}",
            "BP {d3}/{d2}, HR {d2}, SpO2 98%, RR {d2}, temp 98.6 F", "BP log: 130/80 132/84 128/78 126/80 134/86",
            "ALT {d2} AST {d2} ALP {d3} GGT {d2} bili 0.{d1}", "platelets 1,50,000 to 2,10,000 over {d1} days",
            "glucose 98 112 145 130 99 101 at 0 30 60 90 120 150 min", "ECG: PR 160 QRS 92 QTc 432 ms, axis 45"],
    "codes": ["Batch {code8} exp 08/2027", "invoice no {d10} dated 12/03/2026", "UTR {d12} credited", "AWB {d11} shipped by courier",
              "MRN {d8} admitted in ward 4", "NCT0{d7} and CTRI/2024/05/0{d5}", "doi 10.{d4}/j.jacc.2024.{d2}.{d3}", "PMID {d8}; PMCID PMC{d7}",
              "lot number {d10} recalled", "ICD-10 E11.65, I25.10, Z79.4", "order id {d10} delivered", "GRN {d9}, challan {d8}",
              "EudraCT 2021-00{d4}-{d2}", "study subject {d3}-{d4}-{d3} withdrew", "ticket #{d7} closed", "ISBN 978-93-{d5}-{d2}-{d1}",
              "transaction id {d12} failed", "kit number {d6} to {d6} dispatched", "version 2.{d2}.{d1}.{d4} build {d5}",
              "randomisation no {d3} {d4}"],
    "study": ["hazard ratio 0.{d2} (95% CI 0.{d2} to 1.{d2}; p = 0.0{d2}), n = {d4}", "pages {d3}-{d3}, volume {d2}, issue {d1}",
              "enrolled {d4} of {d4} screened at {d2} sites between 2019 and 2023", "arms 1, 2, 3 and 4 had {d3}, {d3}, {d3} and {d3} patients",
              "Lancet 2021; 397: {d4}-{d2}", "N Engl J Med 2022;386:{d4}-{d2}", "weeks 0, 4, 8, 12, 16, 20, 24, 36, 48 and 52",
              "median follow-up {d2}.{d1} months (IQR {d2}.{d1}-{d2}.{d1})", "phase 2 then 3, one of four sites, two of nine centres",
              "https://pubmed.ncbi.nlm.nih.gov/{d8}/ is the paper", "see https://clinicaltrials.gov/study/NCT0{d7}"],
    "time": ["Slots: 9:00, 9:30, 10:00, 10:30, 11:00, 11:30", "between 10 and 12 on 14, 15, 16, 17 and 18 March", "from 2019-04-01 to 2024-03-31",
             "OPD 9-1 and 5-8, Mon to Sat", "at 10.30 on 12.08.2026, room 214", "call at nine or ten, not at four or five", "1st, 2nd and 3rd Sunday"],
    "price": ["Rs. {d2},{d3} plus GST 18%", "MRP 1,249.50, PTR 892.50, margin 20%", "INR 12,50,000 over 3 years, 4 lakh a year",
              "₹{d5} for {d2} strips, i.e. ₹{d3} each", "price went from 98 to 120 to 145 rupees"],
    "prose": ["at this point in time the committee looked at dot plots and dot blots", "He arrived at dot nine and left at once",
              "I will not share my phone number, please use the portal", "what is your view on mail order pharmacies?",
              "no one to two for three: the ratio is too low to matter", "we ate at one of the two places near the hospital",
              "social media, instagram and whatsapp forwards mislead patients", "the address of the chair was excellent and the number of cases low",
              "near the end of the road map, block two patients were crossed over", "gmail was down so I missed the notification",
              "He won for the second time; two more to go", "an eight of nine consensus, seven for and one against",
              "please add a slide on the sector and the market in Pune and Nagpur", "cross street signs, gate control theory, bridge therapy",
              "yahoo, we did it! outlook is good for the patient", "the first four, then next three, finally the last two patients improved",
              "read the slides backwards and reverse the order of the tables", "IV fluids, V fib, type I and type II errors, stage III or IV",
              "Grade II-III toxicity in IX of X cases, factor VIII and IX levels", "I O I V I V I fluids chart attached",
              "do din baad aana, ek hafte mein teen baar", "C1 to C7, T1 to T12, L1 to L5, S1 to S5 are normal", "lead V1 V2 V3 V4 V5 V6 show ST changes",
              "vitamin B1 B2 B3 B6 B9 B12 levels", "5+4 is nine and 3+2 is five, so the score is 14", "GCS E4 V5 M6, APGAR 7 8 9",
              "G3P2A0L2, LMP 12/03", "TNM: T2 N1 M0, stage IIB", "AB0 and Rh: O+, B-; HLA B27, DR4", "gene BRCA1 and BRCA2, exon 11, c.5266dupC"],
}
DRUGS = "metformin telmisartan rosuvastatin amoxicillin apixaban levothyroxine pantoprazole semaglutide".split()


def clean(seed, count):
    for name, forms in CLEAN.items():
        r = random.Random("%d %s" % (seed, name))
        for form in forms:
            for _ in range(count):
                text = form
                while "{" in text:
                    before, _, rest = text.partition("{")
                    key, _, after = rest.partition("}")
                    value = r.choice(DRUGS) if key == "drug" else code(r, 2, 6) if key == "code8" else n(r, int(key[1:]))
                    text = before + value + after
                text = r.choice(["", "", "Dear doctor, ", "Update: ", "Sir, "]) + text + r.choice(["", ".", " please.", "\nRegards"])
                yield {"text": text, "class": "neg_" + name, "family": name, "novel": False, "spans": []}


def leaks(span, ranges):
    """Whether the contact can still be read once the byte ranges are hidden."""
    covered = lambda s, e: sum(max(0, min(e, b) - max(s, a)) for a, b in ranges)
    total = sum(w for _, _, w in span["units"])
    hidden = sum(w for s, e, w in span["units"] if 2 * covered(s, e) >= e - s)
    if span["type"] == "PHONE":
        return hidden <= min(2, total // 2)  # a unit may be several digits
    return hidden <= max(1, total // 8)


def messages(half, seed, count):
    out = []
    for part in ("tune", "unseen") if half == "all" else (half,):
        out += contacts(part, seed, count)
    out += clean(seed, count)
    for i, message in enumerate(out):
        message["id"] = i
    return out


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=["tune", "unseen", "all"], default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    for message in messages(options.half, options.seed, options.count):
        print(json.dumps(message, ensure_ascii=False))
