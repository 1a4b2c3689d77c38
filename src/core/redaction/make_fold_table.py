#!/usr/bin/env python3
"""Writes fold_table.inc: what each code point looks like to a reader, as one canonical byte.

0x00 dropped (draws nothing), ASCII its look-alike, 0x80 symbol, 0x81 letter without a Latin look-alike,
0x82 Brahmic letter (transliterated by canonical.cpp).
"""
import re
import unicodedata

DROP, SYMBOL, LETTER, BRAHMIC = 0, 0x80, 0x81, 0x82

# Look-alikes that compatibility decomposition does not know.
LOOKS = {}


def looks(latin, others):
    for c in others:
        LOOKS[ord(c)] = latin


looks("a", "аɑαᴀꭺᎪΑ∂ạ@"[:-1]); looks("b", "ЬьвВᏴΒβʙƄ♭"); looks("c", "сСϲᴄⅽᏟ¢ƈↄ"); looks("d", "ԁᏧđɗᴅðƊժ")
looks("e", "еЕєЄΕεᴇҽɛℯǝəəЭэ℮Ꭼ€"[:-1]); looks("f", "ƒғϝꞙẝք"); looks("g", "ɡɢցԌԍᏀǥɠ"); looks("h", "һНнհΗʜᎻħɦɥ")
looks("i", "іІıιΙӀӏɩɪⅰ¡Ꭵ"); looks("j", "јЈϳʝᴊյ"); looks("k", "кКκΚᴋƙᏦκ"); looks("l", "ӏʟⅼłℓ|ƚᏞןǀ∣")
looks("m", "мМΜᴍⅿᎷϻɱʍɯ"); looks("n", "пПηΝɴոռƞηᴎ"); looks("o", "оОοΟσօᴏøØ௦ഠඅ◯○Ꮎө"); looks("p", "рРρΡᴘᏢϼԥþ")
looks("q", "ԛգզʠԚ"); looks("r", "гГʀᴦɾяЯᏒɹ"); looks("s", "ѕЅꜱʂᏚՏƨϩ"); looks("t", "тТτΤᴛᎢŧƫ†ʇ"); looks("u", "υսʋᴜμцЦυ")
looks("v", "ѵѴνᴠⅴᏙʌ∨"); looks("w", "ԝԜωшШщᴡᏔѡ"); looks("x", "хХχΧ×ⅹᕁ✕✖"[:4] + "ⅹ"); looks("y", "уУүҮγΥʏӯʎ¥"); looks("z", "ᴢᏃʐʑƶ")
# Cherokee.
for latin, others in (("d", "ᎠᏧ"), ("r", "ᎡᏒᏁ"), ("t", "Ꭲ"), ("i", "ᎥᏆ"), ("y", "ᎩᎽᏯ"), ("j", "ᎫᏗ"), ("w", "ᎳᏇ"), ("z", "Ꮓ"),
                      ("b", "ᏏᏰ"), ("s", "ᏕᏚ"), ("v", "ᏙᏤ"), ("l", "Ꮮ"), ("c", "Ꮯ"), ("p", "Ꮲ"), ("k", "Ꮶ"), ("h", "ᎻᏂ"),
                      ("g", "ᏀᏳ"), ("n", "Ꮑ"), ("f", "Ꮄ")):
    looks(latin, others)
LOOKS[0x13B1] = "r"
LOOKS[ord("|")] = "|"
looks("0", "〇零⓪⓿০౦"); looks("1", "一壹壱Ɩ⚀ߗ"); looks("2", "二贰貳弐ᄅ⚁ƻƧ"); looks("3", "三叁參参З зƐӠ⚂ʒƷ".replace(" ", ""))
looks("4", "四肆ㄣ⚃Ꮞ"); looks("5", "五伍ϛ⚄Ƽƽ"); looks("6", "六陆陸⚅Ꮾ"); looks("7", "七柒ㄥ"); looks("8", "八捌Ȣȣ"); looks("9", "九玖")
looks("@", "﹫＠Ⓐ@"[:2]); looks(".", "․。．｡・·•∙⋅‧٠"[:10]); looks("-", "‐‑‒–—―−﹣－⁃➖ー〜～~"[:12]); looks("/", "⁄∕／╱")
looks("+", "➕＋﹢⁺₊"); looks(":", "：꞉ː∶︓"); looks(",", "，،、﹐"); looks("_", "＿﹍﹎‿"); looks("'", "‘’ʼ`´′"); looks('"', "“”″")
looks(" ", "\u2028\u2029\u1680ㅤ\u115f\u1160\uffa0⠀")
# Urdu, Persian and Arabic letters by sound.
for latin, others in (("a", "اآأإع"), ("b", "ب"), ("p", "پ"), ("t", "تٹطة"), ("s", "ثسص"), ("j", "ج"), ("c", "چ"), ("h", "حھہهۂ"),
                      ("k", "خکكق"), ("d", "دڈض"), ("r", "رڑ"), ("z", "ذزژظ"), ("f", "ف"), ("g", "گغ"), ("l", "ل"), ("m", "م"),
                      ("n", "نں"), ("v", "و"), ("y", "یيےىئ")):
    looks(latin, others)
# Braille a to j are also the digits 1 to 0.
for digit, cell in zip("1234567890", "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚"):
    LOOKS[ord(cell)] = digit
LOOKS[ord("⠼")] = DROP
for i in range(26):
    for base in (0x1F1E6, 0x1F130, 0x1F150, 0x1F170, 0x249C):
        LOOKS[base + i] = chr(97 + i)
# Clock faces, tiles, numerals of Suzhou, ideographs in brackets: one to nine.
for base in (0x1F550, 0x1F007, 0x1F010, 0x1F019, 0x3021, 0x3220):
    for i in range(9):
        LOOKS[base + i] = str(i + 1)
for i in range(9):
    LOOKS[0x2160 + i] = LOOKS[0x2170 + i] = str(i + 1)
    LOOKS[0x2776 + i] = LOOKS[0x2780 + i] = LOOKS[0x278A + i] = LOOKS[0x2474 + i] = LOOKS[0x2488 + i] = str(i + 1)
    LOOKS[0x24F5 + i] = str(i + 1)
for i in range(10):
    LOOKS[0x1F101 + i] = str(i)
LOOKS[ord("⓪")] = LOOKS[0x1F100] = LOOKS[0x1F10B] = LOOKS[0x1F10C] = "0"

# Letters and digits that Unicode calls confusable with ASCII (TR39), where nothing below knows better.
CONFUSABLE = {}
for line in """0ዐⲞⵔꓳ𐊒𐊫𐐄𐓂𐔖𑓐𑢵
1ǀᛁⲒⵏꓲ𐊊𐌉𐌠𖼨𞣇 2ᒿꙄꛯꝚ 3ƷȜⳌꝪꞫ𑣊𖼻𝈆 4𑢯 5𑢻 6Ⳓ𑣕 7𐓒𑣆𝈒 8𐌚𞣋 9ⳊꝮ𑢬𑣌𑣖
aᗅꓮ𐊠𖽀⍺ bᏼᗷᛒꓐꞴ𐊂𐊡𐌁ᖯ cⲤꓚ𐊢𐌂𐐕𐔜𑣩𑣲🝌ⲥꮯ𐐽 dᗞᗪꓓᑯꓒ e⋿ⴹꓰ𐊆𑢦𑢮ꬲ fᖴꓝꞘ𐊇𐊥𐔥𑢢𑣂𝈓ꬵ gᏻꓖꮐƍᶃ hᕼⲎꓧꮋ𐋏հ
i⍳ꙇꭵ𑣃 jᒍꓙꞲ kᛕⲔꓗ𐔘 lᒪⳐⳑꓡꮮ𐐛𐑃𐔦𑢣𑢲𖼖𝈪 mᗰᛖⲘꓟ𐊰𐌑 nⲚꓠ𐔓 oⲟ𐐬𐓪𑣈𑣗ჿ๐໐ဝ၀ pⲢꓑ𐊕⍴ⲣ qⵕ rᖇᚱꓣꭱꮢ𐒴𖼵𝈖ⲅꭇꭈꮁ
sꓢ𐊖𐐠𖼺ƽꮪ𐑈𑣁 t⊤⟙ⲦꓔⲦ𐊗𐊱𐌕𑢼𖼊🝨 uሀᑌ∪⋃ꓴ𐓎𑢸𖽂ꞟꭎꭒ𐓶𑣘 vᐯⴸꓦꛟ𐔝𑢠𖼈𝈍⋁ꮩ𑜆𑣀 wꓪ𑣦𑣯ꮃ𑜊𑜎𑜏 x᙭ᚷ╳ⲬⵝꓫꞳ𐊐𐊴𐌗𐌢𐔧𑣬ᕽ᙮⤫⤬⨯
yⲨꓬ𐊲𑢤𖽃ɣỿꭚ𑣜 zꓜ𐋵𑢩𑣥ꮓ𑣄""".split():
    for c in line[1:]:
        CONFUSABLE[ord(c)] = line[0]

IGNORABLE = re.compile("[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
                       "\ufe00-\ufe0f\ufeff\ufff0-\ufff8\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")


def fold(cp):
    c = chr(cp)
    if cp < 0x80:
        return ord(c.lower())
    if unicodedata.category(c) == "Nd":  # a digit, whatever letter it looks like
        return ord(str(unicodedata.digit(c)))
    if cp in LOOKS:
        v = LOOKS[cp]
        return v if isinstance(v, int) else ord(v)
    if 0xD800 <= cp <= 0xDFFF:
        return SYMBOL
    if IGNORABLE.match(c):
        return DROP
    cat = unicodedata.category(c)
    d = unicodedata.digit(c, None)
    if d is not None:
        return ord(str(d))
    if 0x900 <= cp < 0xD80 and cat[0] in "LM":
        return BRAHMIC
    if cat in ("Mn", "Me", "Cc", "Cf"):
        return DROP
    k = unicodedata.normalize("NFKD", c).casefold()
    k = "".join(x for x in unicodedata.normalize("NFKD", k) if unicodedata.category(x) != "Mn")
    if k and all(ord(x) < 0x80 for x in k):
        if cat == "No" and len(k) > 1:
            return SYMBOL if "/" in k or len(k.strip("()., ")) != 1 else ord(k.strip("()., ")[0])
        return ord(k[0])
    if cp in CONFUSABLE and d is None:
        return ord(CONFUSABLE[cp])
    if len(k) == 1 and ord(k) in LOOKS:
        v = LOOKS[ord(k)]
        return v if isinstance(v, int) else ord(v)
    m = re.match(r"LATIN (?:(?:SMALL|CAPITAL) LETTER (?:DOTLESS |LONG )?|LETTER SMALL CAPITAL )([A-Z])(?: WITH.*)?$",
                 unicodedata.name(c, ""))
    if m:
        return ord(m.group(1).lower())
    if cat[0] == "Z":
        return ord(" ")
    if cat == "Pd":
        return ord("-")
    if cat in ("Pi", "Pf"):
        return ord('"')
    if cat == "Ps":
        return ord("(")
    if cat == "Pe":
        return ord(")")
    if cat == "Sc":
        return ord("$")
    if cat[0] in "LM":
        return LETTER
    return SYMBOL


pages, index, order = {}, [], []
for page in range(0x110000 >> 7):
    row = bytes(fold((page << 7) + i) for i in range(128))
    if row not in pages:
        pages[row] = len(order)
        order.append(row)
    index.append(pages[row])
assert len(order) < 256
with open("fold_table.inc", "w", encoding="ascii") as out:
    out.write("// Written by make_fold_table.py from Unicode %s; not edited by hand.\n" % unicodedata.unidata_version)
    out.write("constexpr std::uint8_t kPageOf[%d] = {\n" % len(index))
    for i in range(0, len(index), 32):
        out.write("    " + ",".join(map(str, index[i:i + 32])) + ",\n")
    out.write("};\nconstexpr std::uint8_t kPages[%d][128] = {\n" % len(order))
    for row in order:
        out.write("    {" + ",".join(map(str, row)) + "},\n")
    out.write("};\n")
print(len(order), "pages")
