#include "core/redaction/lexicon.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

#include "core/redaction/sound.hpp"

namespace connex::redaction {
namespace {

struct ClassList {
  std::uint64_t classes;
  std::string_view words;
};

struct NumberList {
  NumberRole role;
  std::uint8_t value;
  std::string_view words;
};

// Number words by sound: English with its homophones, the languages of India (in Latin letters as people type
// them, and as canonical.cpp transliterates their scripts), some other languages.
constexpr NumberList kNumbers[] = {
    {NumberRole::digit, 0,
     "zero siro jhiro suna zro xero zeero ziro zerro jero jiro zeroo shunya shoonya sunya shuny shun shunye "
     "shunyam shunno "
     "sunno "
     "shunyo sifar sfr sifr sifer siphar poojyam pujyam pujyan pujjiyam poojiyam suzhiyam chuzhiyam sunna "
     "sunnaa sunn "
     "sonne xunya cipher nil naught nought null cero sefr oh o owe"},
    {NumberRole::digit, 1,
     "one oyaan ekam wun won onne wan vun ek aik ik eik ikk eka ok oka okati okka onru ondru onnu ondu onn "
     "un uno eins "
     "wahid "
     "ekk yek van ayk"},
    {NumberRole::digit, 2,
     "two dve too tu tew tuu twoo do don dui dho be irandu rendu randu irantu rant rent rentu eradu irendu "
     "deux "
     "dos zwei "
     "ithnan duo du dvi to doh dv"},
    {NumberRole::digit, 3,
     "three trini tree free thri thre thrie tri thrii teen tin theen tinn tran trann moonru moondru munru "
     "munnu "
     "moonu "
     "mundru muru mooru mudu moodu moonnu munn munu tini trois tres drei thalatha tiin tyn"},
    {NumberRole::digit, 4,
     "four chatvari fore foor phor fower foure fo for char chaar chari chaari chaani naangu nangu nalu naalu "
     "naangku "
     "nalugu naalugu naalku nalku naalk naal naanku quatre cuatro vier arbaa chatur caar car"},
    {NumberRole::digit, 5,
     "five phaiv paiv phaaibh fiv fyv faiv fife phive fivee paanch panch pach paach panj pancha aindhu "
     "ainthu aintu anju anji "
     "aidu ayidu "
     "anchu anch cinq cinco funf fuenf khamsa phaaiv paanc panc"},
    {NumberRole::digit, 6,
     "six chiks sikas chay siks sicks sicx sixe syx siiks sikx chhe che chhah chah chhai chhey cheh chha "
     "chhay chh chaha "
     "chhoy choy "
     "chhoi saha sahaa aaru aru aar seis sechs sitta chhaa chhhe shash shat ch"},
    {NumberRole::digit, 7,
     "seven chevan sebhen saivan sev sevan svn sevn saven sevin sevven saat sat satt sata st shaat sapta "
     "ezhu elu yezhu ezh edu yedu "
     "ezzhu "
     "sept siete sieben seaven"},
    {NumberRole::digit, 8,
     "eight eyit eyrr ate eyt ait eit aight eght eigt eite aath aat ath aatth atth atha ashta ettu ett "
     "enimidi entu et "
     "huit "
     "ocho acht thamaniya eeight ayt eyght aayt"},
    {NumberRole::digit, 9,
     "nine ombadhu nain nyn niner nein nyne naine nien naain nau nao naw nav nava naun nov noy nay no naa "
     "onbathu "
     "onbadhu "
     "ombathu onbathi ompathu ompat onpatu onpathu opat ombattu onbattu tommidi thommidi tommidhi neuf nueve "
     "neun "
     "tisa nou nv"},
    {NumberRole::digit, 1, "vahd"},  // Arabic
    {NumberRole::digit, 2, "asnan asnyn"},
    {NumberRole::digit, 3, "slast"},
    {NumberRole::digit, 4, "arbat"},
    {NumberRole::digit, 5, "kmst kms"},
    {NumberRole::digit, 6, "stt"},
    {NumberRole::digit, 7, "sbat"},
    {NumberRole::digit, 8, "smanyt smany"},
    {NumberRole::digit, 9, "tsat"},
    // Persian, in its script and in Latin letters; \201 is any letter without a Latin look-alike.
    {NumberRole::digit, 0, "sefr"},
    {NumberRole::digit, 1, "yk"},
    {NumberRole::digit, 3, "sh seh"},
    {NumberRole::digit, 4, "chahar chahaar"},
    {NumberRole::digit, 5, "pnj"},
    {NumberRole::digit, 6, "\201\201 shesh shish"},
    {NumberRole::digit, 7, "hft haft"},
    {NumberRole::digit, 8, "h\201t hasht"},
    {NumberRole::digit, 9, "nh noh nuh"},
    {NumberRole::teen, 10, "dh"},
    {NumberRole::teen, 11, "yazdh"},
    {NumberRole::teen, 12, "dvazdh"},
    {NumberRole::teen, 13, "syzdh"},
    {NumberRole::teen, 14, "chardh"},
    {NumberRole::teen, 15, "panzdh"},
    {NumberRole::teen, 16, "\201anzdh"},
    {NumberRole::teen, 17, "hfdh"},
    {NumberRole::teen, 18, "hjdh"},
    {NumberRole::teen, 19, "nvzdh"},
    // Russian, in look-alikes and in Latin letters by sound
    {NumberRole::digit, 0, "ho\201b hy\201b nol"},
    {NumberRole::digit, 1, "o\201\201h o\201ha o\201ho odin odna odno"},
    {NumberRole::digit, 2, "\201ba \201be dva"},
    {NumberRole::digit, 3, "tp\201"},
    {NumberRole::digit, 4, "\201et\201pe chetyre chetire"},
    {NumberRole::digit, 5, "nrtb pyat piat"},
    {NumberRole::digit, 6, "wectb shest"},
    {NumberRole::digit, 7, "cemb"},
    {NumberRole::digit, 8, "bocemb vosem"},
    {NumberRole::digit, 9, "\201ebrtb devyat deviat"},
    {NumberRole::teen, 10, "\201ecrtb"},
    {NumberRole::teen, 11, "o\201\201hha\201uatb"},
    {NumberRole::teen, 12, "\201beha\201uatb"},
    {NumberRole::teen, 13, "tp\201ha\201uatb"},
    {NumberRole::teen, 14, "\201et\201pha\201uatb"},
    {NumberRole::teen, 15, "nrtha\201uatb"},
    {NumberRole::teen, 16, "wectha\201uatb"},
    {NumberRole::teen, 17, "cemha\201uatb"},
    {NumberRole::teen, 18, "bocemha\201uatb"},
    {NumberRole::teen, 19, "\201ebrtha\201uatb"},
    {NumberRole::tens, 20, "\201ba\201uatb"},
    {NumberRole::tens, 30, "tp\201\201uatb"},
    {NumberRole::tens, 40, "copok"},
    {NumberRole::tens, 50, "nrtb\201ecrt"},
    {NumberRole::tens, 60, "wectb\201ecrt"},
    {NumberRole::tens, 70, "cemb\201ecrt"},
    {NumberRole::tens, 80, "bocemb\201ecrt"},
    {NumberRole::tens, 90, "\201ebrhocto"},
    {NumberRole::digit, 1, "i"},
    {NumberRole::digit, 2, "ii"},
    {NumberRole::digit, 3, "iii"},
    {NumberRole::digit, 4, "iv"},
    {NumberRole::digit, 5, "v"},
    {NumberRole::digit, 6, "vi"},
    {NumberRole::digit, 7, "vii"},
    {NumberRole::digit, 8, "viii"},
    {NumberRole::digit, 9, "ix"},
    {NumberRole::digit, 0, "zr"},  // without vowels; Assamese in Latin letters
    {NumberRole::digit, 1, "wn"},
    {NumberRole::digit, 2, "tw"},
    {NumberRole::digit, 3, "thr"},
    {NumberRole::digit, 4, "fr sari"},
    {NumberRole::digit, 5, "fv pas"},
    {NumberRole::digit, 6, "sx soy"},
    {NumberRole::digit, 7, "xat"},
    {NumberRole::digit, 8, "ght"},
    {NumberRole::digit, 9, "nn"},
    {NumberRole::digit, 0, "orez"},  // mirrored
    {NumberRole::digit, 1, "eno"},
    {NumberRole::digit, 2, "owt"},
    {NumberRole::digit, 3, "eerht"},
    {NumberRole::digit, 4, "ruof"},
    {NumberRole::digit, 5, "evif"},
    {NumberRole::digit, 6, "xis"},
    {NumberRole::digit, 7, "neves"},
    {NumberRole::digit, 8, "thgie"},
    {NumberRole::digit, 9, "enin"},
    // typed in haste; with Greek letters
    {NumberRole::digit, 0, "zreo zeor ezro"},
    {NumberRole::digit, 1, "oen noe ove"},
    {NumberRole::digit, 2, "wto"},
    {NumberRole::digit, 3, "htree trhee thre"},
    {NumberRole::digit, 4, "fuor foru ofur"},
    {NumberRole::digit, 5, "fvie fiev ifve"},
    {NumberRole::digit, 6, "sxi isx"},
    {NumberRole::digit, 7, "sevne svene esven sevev seevn"},
    {NumberRole::digit, 8, "eihgt eigth egiht ieght"},
    {NumberRole::digit, 9, "nien nnie inne vive nive"},
    {NumberRole::digit, 0, "zeroth"},
    {NumberRole::digit, 1, "first"},
    {NumberRole::digit, 2, "second"},
    {NumberRole::digit, 3, "third"},
    {NumberRole::digit, 4, "fourth"},
    {NumberRole::digit, 5, "fifth"},
    {NumberRole::digit, 6, "sixth"},
    {NumberRole::digit, 7, "seventh"},
    {NumberRole::digit, 8, "eighth"},
    {NumberRole::digit, 9, "ninth"},
    {NumberRole::teen, 10, "ten"},
    {NumberRole::teen, 11, "eleven"},
    {NumberRole::teen, 12, "twelve"},
    {NumberRole::teen, 13, "thirteen"},
    {NumberRole::teen, 14, "fourteen"},
    {NumberRole::teen, 15, "fifteen"},
    {NumberRole::teen, 16, "sixteen"},
    {NumberRole::teen, 17, "seventeen"},
    {NumberRole::teen, 18, "eighteen"},
    {NumberRole::teen, 19, "nineteen"},
    {NumberRole::tens, 20, "twenty twenny"},
    {NumberRole::tens, 30, "thirty thurty"},
    {NumberRole::tens, 40, "forty fourty"},
    {NumberRole::tens, 50, "fifty"},
    {NumberRole::tens, 60, "sixty"},
    {NumberRole::tens, 70, "seventy"},
    {NumberRole::tens, 80, "eighty"},
    {NumberRole::tens, 90, "ninety ninty"},
    {NumberRole::repeat, 2, "double dabal dabbal dable dabel dubble dabble duble dubal dobal doble dobel dbl twice dobaar"},
    {NumberRole::repeat, 3, "triple treble tripal tripel tripple tirpal trippl tripl thrice"},
    {NumberRole::repeat, 4, "quadruple quad"},
    {NumberRole::plural, 0, "zeros zeroes shunyas"},
    {NumberRole::plural, 1, "ones"},
    {NumberRole::plural, 2, "twos"},
    {NumberRole::plural, 3, "threes"},
    {NumberRole::plural, 4, "fours"},
    {NumberRole::plural, 5, "fives"},
    {NumberRole::plural, 6, "sixes"},
    {NumberRole::plural, 7, "sevens"},
    {NumberRole::plural, 8, "eights"},
    {NumberRole::plural, 9, "nines"},
    {NumberRole::hundred, 0, "hundred hundreds sau"},
    {NumberRole::thousand, 0, "thousand hazaar hazar hajaar hajar"},
    {NumberRole::lakh, 0, "lakh laakh lac"},
    {NumberRole::crore, 0, "crore karod karor"},
    {NumberRole::teen, 10, "das dus dasa"},
    {NumberRole::teen, 11, "gyarah gyara gyaarah giyarah"},
    {NumberRole::teen, 12, "barah bara baarah"},
    {NumberRole::teen, 13, "terah tera teraah"},
    {NumberRole::teen, 14, "chaudah chauda choudah"},
    {NumberRole::teen, 15, "pandrah pandra pandraha"},
    {NumberRole::teen, 16, "solah sola"},
    {NumberRole::teen, 17, "satrah satra"},
    {NumberRole::teen, 18, "atharah athara attharah"},
    {NumberRole::teen, 19, "unnis unnees"},
    {NumberRole::teen, 20, "bees bis"},
    {NumberRole::teen, 21, "ikkis ikkees"},
    {NumberRole::teen, 22, "bais baees baais"},
    {NumberRole::teen, 23, "teis teyis teees"},
    {NumberRole::teen, 24, "chaubis chaubees choubis"},
    {NumberRole::teen, 25, "pachis pachchis pacchis pachees"},
    {NumberRole::teen, 26, "chabbis chhabbis"},
    {NumberRole::teen, 27, "sattais satais sattaees"},
    {NumberRole::teen, 28, "atthais athais atthaees"},
    {NumberRole::teen, 29, "untis unatis unnatis"},
    {NumberRole::teen, 30, "tees"},
    {NumberRole::teen, 31, "iktis ikattis"},
    {NumberRole::teen, 32, "battis"},
    {NumberRole::teen, 33, "taintis tentis taitis"},
    {NumberRole::teen, 34, "chauntis chautis"},
    {NumberRole::teen, 35, "paintis paitis"},
    {NumberRole::teen, 36, "chattis chhattis"},
    {NumberRole::teen, 37, "saintis saitis"},
    {NumberRole::teen, 38, "artis adtis"},
    {NumberRole::teen, 39, "untalis unchalis"},
    {NumberRole::teen, 40, "chalis chaalis chalees"},
    {NumberRole::teen, 41, "iktalis"},
    {NumberRole::teen, 42, "bayalis byalis"},
    {NumberRole::teen, 43, "tentalis taintalis"},
    {NumberRole::teen, 44, "chavalis chauvalis"},
    {NumberRole::teen, 45, "paintalis"},
    {NumberRole::teen, 46, "chiyalis chhiyalis"},
    {NumberRole::teen, 47, "saintalis"},
    {NumberRole::teen, 48, "adtalis artalis"},
    {NumberRole::teen, 49, "unchas"},
    {NumberRole::teen, 50, "pachas pachaas"},
    {NumberRole::teen, 51, "ikyavan ikyawan"},
    {NumberRole::teen, 52, "bavan baavan bawan"},
    {NumberRole::teen, 53, "tirpan tirepan"},
    {NumberRole::teen, 54, "chauvan chauwan"},
    {NumberRole::teen, 55, "pachpan"},
    {NumberRole::teen, 56, "chappan chhappan"},
    {NumberRole::teen, 57, "sattavan sattawan"},
    {NumberRole::teen, 58, "atthavan atthawan athavan"},
    {NumberRole::teen, 59, "unsath"},
    {NumberRole::teen, 60, "saath"},
    {NumberRole::teen, 61, "iksath"},
    {NumberRole::teen, 62, "basath"},
    {NumberRole::teen, 63, "tirsath tiresath"},
    {NumberRole::teen, 64, "chaunsath"},
    {NumberRole::teen, 65, "painsath"},
    {NumberRole::teen, 66, "chiyasath chhiyasath"},
    {NumberRole::teen, 67, "sadsath sarsath"},
    {NumberRole::teen, 68, "adsath arsath"},
    {NumberRole::teen, 69, "unhattar unahattar"},
    {NumberRole::teen, 70, "sattar"},
    {NumberRole::teen, 71, "ikhattar ikahattar"},
    {NumberRole::teen, 72, "bahattar"},
    {NumberRole::teen, 73, "tihattar"},
    {NumberRole::teen, 74, "chauhattar"},
    {NumberRole::teen, 75, "pachhattar pachattar"},
    {NumberRole::teen, 76, "chihattar chhihattar"},
    {NumberRole::teen, 77, "satattar satahattar"},
    {NumberRole::teen, 78, "athattar athahattar"},
    {NumberRole::teen, 79, "unasi unyasi"},
    {NumberRole::teen, 80, "assi"},
    {NumberRole::teen, 81, "ikyasi"},
    {NumberRole::teen, 82, "bayasi"},
    {NumberRole::teen, 83, "tirasi"},
    {NumberRole::teen, 84, "chaurasi"},
    {NumberRole::teen, 85, "pachasi"},
    {NumberRole::teen, 86, "chiyasi chhiyasi"},
    {NumberRole::teen, 87, "satasi sattasi"},
    {NumberRole::teen, 88, "athasi atthasi"},
    {NumberRole::teen, 89, "navasi"},
    {NumberRole::teen, 90, "nabbe navve"},
    {NumberRole::teen, 91, "ikyanve ikyanave"},
    {NumberRole::teen, 92, "banve baanve banave"},
    {NumberRole::teen, 93, "tiranve tiranave"},
    {NumberRole::teen, 94, "chauranve"},
    {NumberRole::teen, 95, "pachanve panchanve"},
    {NumberRole::teen, 96, "chiyanve chhiyanve"},
    {NumberRole::teen, 97, "sattanve"},
    {NumberRole::teen, 98, "atthanve atthanave"},
    {NumberRole::teen, 99, "ninyanve ninyanave"},
    // Eleven to ninety-nine as they are transliterated from Hindi, Marathi, Bengali and Tamil, and as Hindi is
    // typed in Latin letters; tens of Telugu, Kannada and Malayalam. Digits with letters changed round or left out.
    {NumberRole::digit, 0,
     "chaipar"},
    {NumberRole::digit, 9,
     "ompatu"},
    {NumberRole::teen, 11,
     "akaraa egaaro patinonru patinonnu"},
    {NumberRole::teen, 12,
     "pannirantu pannentu"},
    {NumberRole::teen, 13,
     "patimunru patimunu"},
    {NumberRole::teen, 14,
     "chaudaa chaudd chodd patinaanku patinaalu"},
    {NumberRole::teen, 15,
     "pandharaa panero patinaintu patinanchu"},
    {NumberRole::teen, 16,
     "patinaaru"},
    {NumberRole::teen, 17,
     "satero patinezhu"},
    {NumberRole::teen, 18,
     "athaarah atthaarah atharaa aathaaro aathaar patinettu"},
    {NumberRole::teen, 19,
     "ekonis pattonpatu ekonees"},
    {NumberRole::teen, 21,
     "ekavis ekush irupattonru irupattonnu ekavees"},
    {NumberRole::teen, 22,
     "baavis baaish irupattirantu irupattirentu baaees bavees baavees"},
    {NumberRole::teen, 23,
     "tevis teish irupattimunru irupattimunu tevees"},
    {NumberRole::teen, 24,
     "chovis chabbish irupattinaanku irupattinaalu chovees"},
    {NumberRole::teen, 25,
     "panchavis panchish irupattaintu irupattanchu pachchees panchavees"},
    {NumberRole::teen, 26,
     "savvis chhaabbish irupattaaru chhabbees savvees"},
    {NumberRole::teen, 27,
     "sattaais sattaavis saataash irupattezhu sattaaees sattavees sattavis sattaavees"},
    {NumberRole::teen, 28,
     "atthaais athaais aththaavis aataash aathaash irupattettu atthaaees athaaees athaees aththavees "
     "aththavis aththaavees"},
    {NumberRole::teen, 29,
     "ekonatis unatrish irupattonpatu unatees untees ekonatees"},
    {NumberRole::teen, 30,
     "tis tirish"},
    {NumberRole::teen, 31,
     "ikatis ekatis ekatrish muppattonru muppattonnu ikatees ikattees ekatees"},
    {NumberRole::teen, 32,
     "batrish muppattirantu muppattirentu battees"},
    {NumberRole::teen, 33,
     "tehatis tetrish muppattimunru muppattimunu taintees tentees tehatees"},
    {NumberRole::teen, 34,
     "chautrish muppattinaanku muppattinaalu chauntees chautees"},
    {NumberRole::teen, 35,
     "pastis panyatrish muppattaintu muppattanchu paintees pastees"},
    {NumberRole::teen, 36,
     "chhatrish muppattaaru chhattees"},
    {NumberRole::teen, 37,
     "sadatis saanitrish muppattezhu saintees sadatees"},
    {NumberRole::teen, 38,
     "adatis aatatrish muppattettu adatees"},
    {NumberRole::teen, 39,
     "unataalis untaalis ekonachaalis unachallish muppattonpatu unataalees unatalees unatalis untaalees "
     "untalees ekonachaalees ekonachalis ekonachalees"},
    {NumberRole::teen, 40,
     "challish chaalees"},
    {NumberRole::teen, 41,
     "ikataalis ekachallish naarpattonru naarpattonnu ikataalees ikatalees ikatalis"},
    {NumberRole::teen, 42,
     "bayaalis biyaallish naarpattirantu naarpattirentu bayalees bayaalees"},
    {NumberRole::teen, 43,
     "taintaalis tentaalis tetaallish naarpattimunru naarpattimunu taintalees taintaalees tentalees "
     "tentaalees"},
    {NumberRole::teen, 44,
     "chauvaalis chavaalis chuyaallish naarpattinaanku naarpattinaalu chauvaalees chauvalees chavaalees "
     "chavalees"},
    {NumberRole::teen, 45,
     "paintaalis panchechaalis panyataallish naarpattaintu naarpattanchu paintalees paintaalees "
     "panchechalis panchechalees panchechaalees"},
    {NumberRole::teen, 46,
     "chhiyaalis chhechallish naarpattaaru chhiyaalees chhiyalees"},
    {NumberRole::teen, 47,
     "saintaalis saatachallish naarpattezhu saintaalees saintalees"},
    {NumberRole::teen, 48,
     "adataalis aatachallish naarpattettu adatalis adataalees adatalees"},
    {NumberRole::teen, 49,
     "unachaas unapanchaash naarpattonpatu"},
    {NumberRole::teen, 50,
     "pannaas panchaash"},
    {NumberRole::teen, 51,
     "ikyaavan ekaann aimpattonru aimpattonnu ikyaawan"},
    {NumberRole::teen, 52,
     "baahaann aimpattirantu aimpattirentu baawan"},
    {NumberRole::teen, 53,
     "tirapan tippaann aimpattimunru aimpattimunu"},
    {NumberRole::teen, 54,
     "chuyaann aimpattinaanku aimpattinaalu"},
    {NumberRole::teen, 55,
     "pachapan panchaavann panchaann aimpattaintu aimpattanchu"},
    {NumberRole::teen, 56,
     "chhaappaann aimpattaaru"},
    {NumberRole::teen, 57,
     "sattaavan saataann aimpattezhu sattaawan"},
    {NumberRole::teen, 58,
     "atthaavan athaavan aataann aimpattettu atthaawan athawan athaawan"},
    {NumberRole::teen, 59,
     "unasath unashaat aimpattonpatu unsaath"},
    {NumberRole::teen, 61,
     "ikasath ekashatti arupattonru arupattonnu iksaath"},
    {NumberRole::teen, 62,
     "baasath baashatti arupattirantu arupattirentu bsaath basaath"},
    {NumberRole::teen, 63,
     "tirasath teshatti arupattimunru arupattimunu tirsaath"},
    {NumberRole::teen, 64,
     "chausath chaushatti arupattinaanku arupattinaalu"},
    {NumberRole::teen, 65,
     "paasasht panyashatti arupattaintu arupattanchu"},
    {NumberRole::teen, 66,
     "chhiyaasath chheshatti arupattaaru chhiysaath chhiyasaath"},
    {NumberRole::teen, 67,
     "sadasath sarasath saatashatti arupattezhu sadsaath sarsaath"},
    {NumberRole::teen, 68,
     "adasath aatashatti arupattettu adsaath"},
    {NumberRole::teen, 69,
     "unasattar arupattonpatu"},
    {NumberRole::teen, 71,
     "ekaattar ezhupattonru ezhupattonnu ekattar"},
    {NumberRole::teen, 72,
     "baahaattar ezhupattirantu ezhupattirentu"},
    {NumberRole::teen, 73,
     "tiyaattar ezhupattimunru ezhupattimunu tiyattar"},
    {NumberRole::teen, 74,
     "chuyaattar ezhupattinaanku ezhupattinaalu chuyattar"},
    {NumberRole::teen, 75,
     "pachahattar panchyaahattar panchaattar ezhupattaintu ezhupattanchu panchyahattar panchattar"},
    {NumberRole::teen, 76,
     "chhiyaattar ezhupattaaru chhiyattar"},
    {NumberRole::teen, 77,
     "saataattar ezhupattezhu"},
    {NumberRole::teen, 78,
     "aataattar ezhupattettu atattar"},
    {NumberRole::teen, 79,
     "unaasi unyaasi unaaashi ezhupattonpatu"},
    {NumberRole::teen, 80,
     "ainshi"},
    {NumberRole::teen, 81,
     "ikyaasi ekaashi enpattonru enpattonnu"},
    {NumberRole::teen, 82,
     "bayaasi biraashi enpattirantu enpattirentu"},
    {NumberRole::teen, 83,
     "tiraasi tiraashi enpattimunru enpattimunu"},
    {NumberRole::teen, 84,
     "chauraasi churaashi enpattinaanku enpattinaalu"},
    {NumberRole::teen, 85,
     "pachaasi panchyaaainshi panchaashi enpattaintu enpattanchu"},
    {NumberRole::teen, 86,
     "chhiyaasi chhiyaashi enpattaaru"},
    {NumberRole::teen, 87,
     "sattaasi sataasi saataashi enpattezhu"},
    {NumberRole::teen, 88,
     "atthaasi athaasi aataashi ashtaashi enpattettu"},
    {NumberRole::teen, 89,
     "navaasi unanabbai enpattonpatu"},
    {NumberRole::teen, 90,
     "navvad nabbai"},
    {NumberRole::teen, 91,
     "ikyaanave ikyaanabe ekaanabbai tonnurronru tonnurronnu ikyaanve ikyanbe ikyaanbe ikyanabe"},
    {NumberRole::teen, 92,
     "baanave baanabe biraanabbai tonnurrirantu tonnurrirentu banabe baanbe"},
    {NumberRole::teen, 93,
     "tiraanave tiraanabe tiraanabbai tonnurrimunru tonnurrimunu tiraanve tiraanbe tiranabe tiranbe"},
    {NumberRole::teen, 94,
     "chauraanave chauraanabe churaanabbai tonnurrinaanku tonnurrinaalu chauranave chauraanve chauraanbe "
     "chauranbe chauranabe"},
    {NumberRole::teen, 95,
     "pachaanave panchaanave pachaanabe panchaanabe panchyaannav panchaanabbai tonnurraintu tonnurranchu "
     "pachaanve pachanave panchanave panchaanve pachanbe pachaanbe pachanabe panchaanbe panchanbe "
     "panchanabe"},
    {NumberRole::teen, 96,
     "chhiyaanave chhiyaanabe chhiyaanabbai tonnurraaru chhiyaanve chhiyanave chhiyaanbe chhiyanabe "
     "chhiyanbe"},
    {NumberRole::teen, 97,
     "sattaanave sattaanabe saataanabbai tonnurrezhu sattanave sattaanve sattaanbe sattanbe sattanabe"},
    {NumberRole::teen, 98,
     "atthaanave athaanave atthaanabe athaanabe aththyaannav aataanabbai tonnurrettu atthaanve athaanve "
     "athanve athanave atthanbe atthaanbe atthanabe athaanbe athanbe athanabe"},
    {NumberRole::teen, 99,
     "ninyaanave ninyaanabe ninnaanave navvyaannav niraanabbai tonnurronpatu ninyaanve ninyanabe ninyaanbe "
     "ninyanbe ninnaanve ninnanave ninnanve"},
    {NumberRole::tens, 20,
     "irupatu irupattu irupatti iravai ippattu irupat"},
    {NumberRole::tens, 30,
     "muppatu muppattu muppatti muppai muvattu muppat"},
    {NumberRole::tens, 40,
     "naarpatu naarpattu naarpatti naappatu nalabhai nalavattu naalpat"},
    {NumberRole::tens, 50,
     "aimpatu aimpattu aimpatti yaabhai aivattu ampat"},
    {NumberRole::tens, 60,
     "arupatu arupattu arupatti aravai aravattu arupat"},
    {NumberRole::tens, 70,
     "ezhupatu ezhupattu ezhupatti debbai eppattu ezhupat"},
    {NumberRole::tens, 80,
     "enpatu enpattu enpatti enabhai enbattu embattu enpat"},
    {NumberRole::tens, 90,
     "tonnuru tonnurru tonnutti tonbhai tonbattu tombattu tombhattu tonnur"},
    // Bengali, Marathi, Hindi, Telugu and Tamil as they are typed in Latin letters.
    {NumberRole::teen, 11, "egaro padakondu"},
    {NumberRole::teen, 12, "pannendu"},
    {NumberRole::teen, 13, "padamudu padamoodu"},
    {NumberRole::teen, 14, "choddo padnalugu padunalugu"},
    {NumberRole::teen, 15, "ponero padihenu padihenu"},
    {NumberRole::teen, 16, "sholo padaharu"},
    {NumberRole::teen, 17, "shotero padihedu"},
    {NumberRole::teen, 18, "atharo paddenimidi"},
    {NumberRole::teen, 19, "unish pantommidi"},
    {NumberRole::teen, 20, "bish"},
    {NumberRole::teen, 21, "ekvis"},
    {NumberRole::teen, 22, "baish bavis"},
    {NumberRole::teen, 24, "chobbish"},
    {NumberRole::teen, 25, "ponchish pochish panchvis"},
    {NumberRole::teen, 27, "shataish"},
    {NumberRole::teen, 28, "atash aththavis"},
    {NumberRole::teen, 29, "untrish ekontis"},
    {NumberRole::teen, 30, "trish"},
    {NumberRole::teen, 31, "ektrish ektis"},
    {NumberRole::teen, 32, "botrish battees"},
    {NumberRole::teen, 33, "tehtis tetis tetees"},
    {NumberRole::teen, 34, "choutrish chautees"},
    {NumberRole::teen, 35, "poytrish pastis paitees"},
    {NumberRole::teen, 36, "chhotrish chhattees"},
    {NumberRole::teen, 37, "shaitrish sadtis saitees"},
    {NumberRole::teen, 38, "attrish adtees"},
    {NumberRole::teen, 39, "unochollish ekonchalis"},
    {NumberRole::teen, 40, "chollish"},
    {NumberRole::teen, 41, "ekchollish ekechalis"},
    {NumberRole::teen, 42, "biyallish bechalis"},
    {NumberRole::teen, 43, "trechalis tetalis"},
    {NumberRole::teen, 44, "chuallish chavvechalis chauwalis chauvalees chavalees"},
    {NumberRole::teen, 45, "poytallish panchechalis"},
    {NumberRole::teen, 46, "chhechollish shechalis"},
    {NumberRole::teen, 47, "shatchollish satteechalis setalis"},
    {NumberRole::teen, 48, "atchollish atthechalis adtalees"},
    {NumberRole::teen, 49, "unoponchash ekonpannas unanchaas unchaas unanchas"},
    {NumberRole::teen, 50, "ponchash pannas"},
    {NumberRole::teen, 51, "ekanno ekkavan"},
    {NumberRole::teen, 52, "bahanno bavann"},
    {NumberRole::teen, 53, "tippanno trepan"},
    {NumberRole::teen, 54, "chuanno chopan"},
    {NumberRole::teen, 55, "ponchanno panchavan"},
    {NumberRole::teen, 56, "chhappanno chhapan"},
    {NumberRole::teen, 57, "shatanno"},
    {NumberRole::teen, 58, "atanno"},
    {NumberRole::teen, 59, "unoshat ekonsath"},
    {NumberRole::teen, 61, "ekshotti eksasht"},
    {NumberRole::teen, 62, "bashotti basasht"},
    {NumberRole::teen, 63, "teshotti tresasht"},
    {NumberRole::teen, 64, "choushotti chausasht"},
    {NumberRole::teen, 65, "poyshotti pasasht"},
    {NumberRole::teen, 66, "chheshotti sahasasht"},
    {NumberRole::teen, 67, "shatshotti sadusasht"},
    {NumberRole::teen, 68, "atshotti adusasht"},
    {NumberRole::teen, 69, "unosottor ekonsattar"},
    {NumberRole::teen, 70, "sottor"},
    {NumberRole::teen, 71, "ekattor ekkahattar"},
    {NumberRole::teen, 72, "bahattor"},
    {NumberRole::teen, 73, "tiyattor tryahattar"},
    {NumberRole::teen, 74, "chuattor chauryahattar"},
    {NumberRole::teen, 75, "ponchattor panchyahattar"},
    {NumberRole::teen, 76, "chhiyattor shahattar"},
    {NumberRole::teen, 77, "shatattor sattyahattar"},
    {NumberRole::teen, 78, "atattor atthyahattar"},
    {NumberRole::teen, 79, "unoashi ekonainshi"},
    {NumberRole::teen, 80, "ashi"},
    {NumberRole::teen, 81, "ekashi ekkyainshi"},
    {NumberRole::teen, 82, "birashi byainshi"},
    {NumberRole::teen, 83, "tirashi tryainshi"},
    {NumberRole::teen, 84, "churashi chauryainshi"},
    {NumberRole::teen, 85, "ponchashi panchyainshi"},
    {NumberRole::teen, 86, "chhiyashi shahainshi"},
    {NumberRole::teen, 87, "shatashi sattyainshi"},
    {NumberRole::teen, 88, "atashi atthyainshi"},
    {NumberRole::teen, 89, "unonobboi ekonnavvad"},
    {NumberRole::teen, 90, "nobboi"},
    {NumberRole::teen, 91, "ekanobboi ekkyannav"},
    {NumberRole::teen, 92, "biranobboi byannav"},
    {NumberRole::teen, 93, "tiranobboi tryannav"},
    {NumberRole::teen, 94, "churanobboi chauryannav"},
    {NumberRole::teen, 95, "ponchanobboi panchyannav"},
    {NumberRole::teen, 96, "chhiyanobboi shahannav"},
    {NumberRole::teen, 97, "shatanobboi sattyannav"},
    {NumberRole::teen, 98, "atanobboi atthyannav aththyannav athyannav"},
    {NumberRole::teen, 99, "niranobboi navvyannav"},
    {NumberRole::tens, 20, "irubathi iruvathi irubatthi"},
    {NumberRole::tens, 30, "muppathi muppatthi"},
    {NumberRole::tens, 40, "narpathi naarpathi narpatthi"},
    {NumberRole::tens, 50, "aimbathi ambathi yabhai yabai"},
    {NumberRole::tens, 60, "arubathi aruvathi"},
    {NumberRole::tens, 70, "ezhubathi debbhai"},
    {NumberRole::tens, 80, "enbathi enabai"},
    {NumberRole::tens, 90, "thonnootri thonnutri thonnuthi tombhai thombhai tombai"},
    {NumberRole::digit, 9, "ombodhu ombodu ombothu noi naba nayan"},
    {NumberRole::digit, 8, "aatha"},
    {NumberRole::digit, 4, "por"},
    {NumberRole::digit, 0, "shuna"},
    // English ones in Urdu letters
    {NumberRole::digit, 0, "zyrv"},
    {NumberRole::digit, 1, "vn"},
    {NumberRole::digit, 2, "tv"},
    {NumberRole::digit, 4, "fvr"},
    {NumberRole::digit, 5, "fayyv fayv"},
    {NumberRole::digit, 6, "sks"},
    {NumberRole::digit, 7, "syvn"},
    {NumberRole::digit, 0,
     "zoer zore zroe zer"},
    {NumberRole::digit, 3,
     "teehr teerh teher tehre tereh terhe theer treeh trehe"},
    {NumberRole::digit, 4,
     "frou fruo furo fou"},
    {NumberRole::digit, 5,
     "feiv fevi fvei"},
    {NumberRole::digit, 7,
     "seenv senev senve sneev sneve snvee sveen svnee"},
    {NumberRole::digit, 8,
     "eghit eghti egith egthi egtih ehgit ehgti ehigt ehitg ehtgi ehtig eihtg eitgh eithg etghi etgih "
     "ethgi ethig etigh etihg eig"},
    {NumberRole::digit, 9,
     "neni nnei nin"},
};

constexpr ClassList kClasses[] = {
    {kGateWord,
     "gpay gpe phonepe vpa upi bhim liamg oohay liamtoh kooltuo liamffider com dotcom dotin dotco dotorg dotnet username userid okaxis "
     "okhdfcbank okicici oksbi ybl ptsbi google atsign attherate attherateof"},
    {kRowNumber | kWeakNumber,
     "zreo zeor ezro oen noe ove wto htree trhee thre fuor foru ofur fvie fiev ifve sxi isx sevne svene "
     "esven sevev seevn eihgt eigth egiht ieght nien nnie inne vive nive"},
    {kRowNumber | kWeakNumber,
     "sefr yk sh seh chahar chahaar pnj \201\201 shesh shish hft haft h\201t hasht nh noh nuh dh "
     "nol odin odna odno \201ba \201be dva tp\201 chetyre chetire pyat piat shest vosem devyat deviat"},
    {kScriptWord,
     "aataanabbai aataann aataash aataashi aataattar aatachallish aatashatti aatatrish aathaar aathaaro "
     "aathaash aimpattaaru aimpattaintu aimpattanchu aimpattettu aimpattezhu aimpatti aimpattimunru "
     "aimpattimunu aimpattinaalu aimpattinaanku aimpattirantu aimpattirentu aimpattonnu aimpattonpatu "
     "aimpattonru aimpattu aimpatu ainshi aivattu akaraa aravai aravattu arupat arupattaaru arupattaintu "
     "arupattanchu arupattettu arupattezhu arupatti arupattimunru arupattimunu arupattinaalu "
     "arupattinaanku arupattirantu arupattirentu arupattonnu arupattonpatu arupattonru arupattu arupatu "
     "ashtaashi atharaa aththaavis aththyaannav baahaann baahaattar baaish baashatti baavis batrish "
     "biraanabbai biraashi biyaallish chabbish challish chaudaa chaudd chaushatti chautrish chhaabbish "
     "chhaappaann chhatrish chhechallish chheshatti chhiyaanabbai chhiyaashi chhiyaattar chodd chovis "
     "churaanabbai churaashi chuyaallish chuyaann chuyaattar debbai egaaro ekaanabbai ekaann ekaashi "
     "ekaattar ekachallish ekashatti ekatis ekatrish ekavis ekonachaalis ekonatis ekonis ekush enabhai "
     "enbattu enpat enpattaaru enpattaintu enpattanchu enpattettu enpattezhu enpatti enpattimunru "
     "enpattimunu enpattinaalu enpattinaanku enpattirantu enpattirentu enpattonnu enpattonpatu enpattonru "
     "enpattu enpatu eppattu ezhupat ezhupattaaru ezhupattaintu ezhupattanchu ezhupattettu ezhupattezhu "
     "ezhupatti ezhupattimunru ezhupattimunu ezhupattinaalu ezhupattinaanku ezhupattirantu ezhupattirentu "
     "ezhupattonnu ezhupattonpatu ezhupattonru ezhupattu ezhupatu ippattu iravai irupat irupattaaru "
     "irupattaintu irupattanchu irupattettu irupattezhu irupatti irupattimunru irupattimunu irupattinaalu "
     "irupattinaanku irupattirantu irupattirentu irupattonnu irupattonpatu irupattonru irupattu irupatu "
     "muppai muppat muppattaaru muppattaintu muppattanchu muppattettu muppattezhu muppatti muppattimunru "
     "muppattimunu muppattinaalu muppattinaanku muppattirantu muppattirentu muppattonnu muppattonpatu "
     "muppattonru muppattu muppatu muvattu naappatu naarpattaaru naarpattaintu naarpattanchu naarpattettu "
     "naarpattezhu naarpatti naarpattimunru naarpattimunu naarpattinaalu naarpattinaanku naarpattirantu "
     "naarpattirentu naarpattonnu naarpattonpatu naarpattonru naarpattu naarpatu nabbai nalabhai nalavattu "
     "navvad navvyaannav niraanabbai paasasht panchaanabbai panchaann panchaash panchaashi panchaattar "
     "panchaavann panchavis panchechaalis panchish panchyaaainshi panchyaahattar panchyaannav pandharaa "
     "panero pannaas pannentu pannirantu panyashatti panyataallish panyatrish pastis patimunru patimunu "
     "patinaalu patinaanku patinaaru patinaintu patinanchu patinettu patinezhu patinonnu patinonru "
     "pattonpatu saanitrish saataanabbai saataann saataash saataashi saataattar saatachallish saatashatti "
     "sadatis satero sattaavis savvis tehatis teish teshatti tetaallish tetrish tevis tippaann tiraanabbai "
     "tiraashi tirish tiyaattar tonbattu tonbhai tonnur tonnurraaru tonnurraintu tonnurranchu tonnurrettu "
     "tonnurrezhu tonnurrimunru tonnurrimunu tonnurrinaalu tonnurrinaanku tonnurrirantu tonnurrirentu "
     "tonnurronnu tonnurronpatu tonnurronru tonnurru tonnuru tonnutti unaaashi unachallish unanabbai "
     "unapanchaash unasattar unashaat unatrish yaabhai"},
    {kRowNumber | kWeakNumber,
     "zoer zore zroe teehr teerh teher tehre tereh terhe theer treeh trehe frou fruo furo feiv fevi fvei "
     "seenv senev senve sneev sneve snvee sveen svnee eghit eghti egith egthi egtih ehgit ehgti ehigt "
     "ehitg ehtgi ehtig eihtg eitgh eithg etghi etgih ethgi ethig etigh etihg neni nnei zer fou eig nin"},
    {kRowNumber | kWeakNumber | kScriptWord, "zyrv vn tv fvr fayyv fayv sks syvn"},
    {kRowNumber | kWeakNumber, "noi naba nayan shuna ashi bish atash ekanno"},
    {kRowNumber | kWeakNumber, "zr wn tw thr fr sari fv pas sx soy xat ght nn"},
    {kRowNumber | kWeakNumber,
     "orez eno owt eerht ruof evif xis neves thgie enin i ii iii iv v vi vii viii ix zeroth first second "
     "third fourth fifth sixth seventh eighth ninth"},
    {kWeakNumber,
     "ch dv car nv st pho chay suna sev eno xis on por won too to tree for fore fo free ate no do be don o "
     "oh owe on un dos tres char sat nav "
     "nay nil null ok et at "
     "che chai she sex van be elu dui tin teen an a i do edu du rant rent so sola tera bara bis sata naal "
     "entu duo "
     "tri saha ones quad twice cipher ath pach nau ait das saath sau lac tu deux oka eka noy rendu fife nain "
     "tees assi choy dho aar aru un seis sept vier acht elu wan ik sari doh nou"},
    {kPhoneCue,
     "phone ph phn fone telephone tel mobile mob mobaail mobail cell cellphone call calling kol kall dial "
     "ring "
     "number num nbr numbr nambar nanbar nanbr no contact kontakt sanpark sampark whatsapp watsapp whatsap "
     "wapp wa "
     "whatsup vhaatsaep vaatsaaip vatsaaip vaatsep telegram sms landline hotline helpline reach reachable "
     "phon phonu missed tollfree fax dialling contactable truecaller ank imo viber botim "
     "phonnu kaipesi selpesi tolaipesi mobailu nomber nmbr nummer gpay phonepe paytm callback redial digits"},
    {kPartWord,
     "half rest remaining part piece portion first second third last begins begin starts start beginning "
     "middle end ends "
     "ending finally before after then next followed aadha baaki baki bacha bache pehla pehle doosra aakhri "
     "phir initial "
     "final closing opening suffix prefix "
     "shuru shuruaat shuruvaat shuruat beech bich aakhir akhir ant antim baad fir pahale pahle pehele mudhalil kadaisi "
     "piragu modata tarvaata taruvata chivarilo nantar shevati shevti prothome sheshe tarpor"},
    {kWeakCue,
     "office desk reception text toll signal extension ext direct line lagao lagana milao ping message msg "
     "messege pe par digit personal my mera meraa apna khat likh "
     "likho likhiye lelo note save use try me mine at sir madam lo par on"},
    {kPhoneNeg,
     "kit kits vial vials carton pack strip randomisation randomization screening enrolment pmcid grn batch "
     "lot order invoice utr awb mrn nct doi pmid pmc isrctn eudract snomed loinc isbn issn ean sku "
     "barcode "
     "tracking ticket token ref reference refno txn transaction rrn receipt bill challan policy claim "
     "patient uhid "
     "cr crn crno registration reg otp code ctri account acct ac a/c ifsc iban swift "
     "docket consignment shipment serial sl sno voucher po item product catalog model version ver build gene "
     "rs "
     "accession specimen sampleid cas inchi udi gtin dlno license licence lic pnr flight train "
     "seat roll score baich ordr bach indent article asset "
     "irn arn icsr cioms pvpi vigiflow sugam "
     "pulse rbs fbs ppbs hb sugar sugars counts values readings platelets neutrophils titre titres chr chromosome "
     "chapter page volume vol issue figure table slide slides meter imei mac ward counter room hall icd "
     "cpt hcpcs codes batches lots sha sha1 md5 commit hash checksum scores ratings updrs likert vas nrs apgar gcs moca "
     "mmse gds"},
    {kTally, "pain scale grade grades marks field fields lesions steps wells visits domains items subscale"},
    {kMailCue,
     "mail email emailid mailid e-mail imel mel iimel emails mails inbox forward write mailto gmailid id "
     "addresss "
     "reach contact send bhej bhejo bhejdo bhejna bhejiye aaidi"},
    {kPlatform,
     "telegram tg tele insta instagram ig snap snapchat twitter facebook fb linkedin skype signal discord "
     "wechat "
     "koo arattai viber imo botim zangi messenger youtube yt tiktok pinterest quora reddit clubhouse "
     "sharechat "
     "teligraam telikiraam instaa inastaa phesabuk phebuk linkdin linkdain yutyub snaipachait tvittar "
     "tinder whatsapp wa telegraam instaagraam phesbuk tvitar mastodon bluesky threads threema kik github practo "
     "teams researchgate"},
    {kProvider,
     "jimeyil jimeil imeyil yaahu autluk riedifmeyil "
     "hotmale readiffmail rediffmale outlok gmel gimeil yaahoo yahooo gmail gmaill googlemail yahoo yahu "
     "yahuu yaahu ymail hotmail outlook rediff rediffmail icloud "
     "protonmail proton "
     "aol zoho live msn gmx fastmail tutanota mailinator yandex jimel gimel jeemail geemail gemail jmail "
     "hotmel "
     "outluk vsnl sify indiatimes mailcom googlmail zohomail pm hey me.com"},
    {kTld,
     "kaam kam kon ee be am gle gy si li tk clinics mobi "
     "example com org net in co edu gov info io biz us uk ai app dev me health clinic doctor care hospital "
     "online "
     "site xyz "
     "link page bio tv eu de au ca ly gl gd to gg kom cm india ind nic ac res"},
    {kAtWord,
     "ayaat arr etu ayt aytt "
     "ate atsign attherateof ath ait arobase arroba atsign at att et aet adrate attherate atrate adherate "
     "aat @"},
    {kDotWord, "taat daat dat "
     "punkt punto dote dawt dot dott daut dat point period fullstop bindu bindi doht daat tot"},
    {kSeparatorWord, "dash hyphen space underscore underscor minus hiphen gap slash comma pause break stop"},
    {kPlusWord, "plus plas"},
    {kGlue,
     "then and next phir fir aur uske baad after that followed by last first middle ends end starts start "
     "with half "
     "second third is are four three two digits digit my number rest remaining part number continue "
     "continued again "
     "dash hyphen space gap comma now lastly finally begin begins beginning ending plus the it its it's to "
     "of "
     "hai h ke uskebaad aakhir akhir pehle pahle baki bache aage pichhe mein se ka ki ko ye yeh wo woh followed few more "
     "also "
     "mobile phone initial final preceded concluding piece bit set block group side wala wale say repeat "
     "matlab means hundred dot star hash uh um umm hmm hm er erm "
     "lagaaie lagaiye lagaie milaaie milaiye milaie jodo jodiye shuru shuruaat shuruvaat shuruat beech bich ant antim "
     "pahale pahle pehele me tab mudhalil kadaisi piragu modata tarvaata taruvata chivarilo nantar shevati shevti "
     "prothome sheshe tarpor"},
    {kUnit,
     "mg mcg ug ml kg g gm gms gram grams l dl cm mm m km mmhg mmol mol meq iu units unit u bpm kcal hz kb "
     "mb gb "
     "hr hrs hour hours min mins minute minutes sec secs day days week weeks month months year years yr yrs "
     "yo am pm "
     "baje tablets tablet tabs tab capsule capsules caps drops puffs doses dose times lakh lakhs crore "
     "crores lac lacs "
     "percent percentage patients patient cases subjects women men children doctors sites arms cycles weeks' "
     "din baar "
     "goli hafte mahine saal points beds episodes copies samples kits slots people participants sessions "
     "attendees "
     "visits calls meetings rupees degrees inches feet litres"},
    {kCurrency,
     "rs inr rupees rupee usd eur rupaye paise dollars budget lakh crore price fee fees amount mrp cost"},
    {kHouse,
     "flat plot house hno shop door apartment apt bungalow villa kothi makaan makan unit quarter quarters "
     "qtr gala mig lig hig tc "
     "h.no d.no floor flatno plotno houseno doorno phlait plot khasra survey premises residence sco scf hn"},
    {kStreet,
     "road rd street st marg lane gali galli avenue ave cross main path rasta salai veedhi theru bypass "
     "highway "
     "circle chowk chauraha bazar bazaar market mkt sadak rod lane bylane boulevard drive flyover gate "
     "bridge ghat "
     "rasthe adda naka"},
    {kLocality,
     "nagar colony vihar puram pura pur ganj sector phase block layout extension extn society enclave park "
     "town "
     "township garden gardens bagh hills hill wadi peth pet village mohalla para pally palli halli abad kunj "
     "lines "
     "area locality stage ext estate pada bigha tehsil taluka taluk district dist mandal koloni nagara west "
     "east north "
     "south cantt cantonment greens city cross ward whitefield kothrud andheri satellite bandra dadar powai "
     "koramangala indiranagar jayanagar hsr btm gomti lajpat banjara jubilee malviya saltlake salt lake "
     "vashi "
     "thane dwarka rohini pitampura saket noida gachibowli madhapur kukatpally adyar velachery anna tambaram "
     "alwarpet mylapore egmore ballygunge behala dumdum howrah rajarhat newtown aundh baner wakad hadapsar "
     "viman kharadi hinjewadi camp deccan shivajinagar karol connaught chandni"},
    {kBuilding,
     "apartments apartment apts residency towers tower heights niwas nivas society chs enclave complex plaza "
     "building "
     "bldg bhavan bhawan sadan kutir mansion manor court arcade chambers centre residences villas palace "
     "villa mahal "
     "homes greens house clinic hospital nursing home wing soc"},
    {kLandmark,
     "near opp opposite behind beside besides above below adjacent next infront paas pass samne saamne "
     "peeche pichhe "
     "bagal side ke landmark nr b/h off kareeb nazdeek pased"},
    {kCity,
     "mumbai delhi bengaluru bangalore hyderabad ahmedabad chennai kolkata surat pune jaipur lucknow kanpur "
     "nagpur "
     "indore thane bhopal visakhapatnam vizag patna vadodara baroda ghaziabad ludhiana agra nashik faridabad "
     "meerut "
     "rajkot varanasi srinagar aurangabad dhanbad amritsar allahabad prayagraj ranchi howrah coimbatore "
     "jabalpur "
     "gwalior vijayawada jodhpur madurai raipur kota guwahati chandigarh solapur hubli mysuru mysore "
     "tiruchirappalli "
     "trichy bareilly aligarh moradabad gurugram gurgaon noida bhubaneswar cuttack salem warangal kochi "
     "cochin "
     "ernakulam thiruvananthapuram trivandrum kozhikode calicut thrissur kollam kannur dehradun haridwar "
     "roorkee "
     "shimla jammu panaji margao goa puducherry pondicherry mangaluru mangalore belagavi belgaum davangere "
     "shivamogga tumkur udupi manipal guntur nellore tirupati kurnool rajahmundry kakinada siliguri durgapur "
     "asansol "
     "kharagpur gangtok shillong imphal aizawl agartala itanagar kohima dibrugarh jorhat silchar jamshedpur "
     "bokaro "
     "gaya muzaffarpur bhagalpur darbhanga gorakhpur jhansi mathura ajmer udaipur bikaner alwar sikar "
     "bhilwara anand "
     "bhavnagar jamnagar gandhinagar junagadh vapi valsad navsari bharuch kolhapur sangli satara nanded "
     "latur akola "
     "amravati jalgaon ahmednagar ratnagiri ujjain dewas sagar rewa satna bilaspur bhilai durg korba "
     "rourkela "
     "sambalpur vellore erode tirunelveli thoothukudi tuticorin dindigul thanjavur hosur karur namakkal "
     "karnal "
     "panipat sonipat rohtak hisar ambala panchkula mohali patiala jalandhar bathinda pathankot secunderabad "
     "karimnagar nizamabad khammam maharashtra karnataka gujarat rajasthan kerala tamilnadu telangana punjab "
     "haryana "
     "bihar odisha assam jharkhand uttarakhand chhattisgarh hyd blr bom kkd tvm bhimavaram ongole eluru dilli munbai pune kalyan vasai navi greater"},
    {kAddressCue,
     "address addr adress pata pataa thikana stay staying live lives living reside residing residence clinic "
     "visit "
     "come courier deliver delivery ship shipped send kit located location situated aa aao ghar makaan "
     "landmark "
     "dispatch parcel post pickup drop rehta rehti rahta venue"},
    // In the letters of Indian languages.
    {kAddressCue,
     "thikaanaa mukavari chirunaamaa vilaas vilaasan saranaamun pattaa patta klinik klinika ghr"},
    {kAnnounces,
     "address addr adress pata pataa pattaa patta thikana thikaanaa mukavari chirunaamaa vilaas vilaasan "
     "saranaamun"},
    {kFirm, "mfd mfg manufactured manufacturer marketed company factory registered"},
    {kHouse, "makaan phlet phlaat phlyaat vittu plaat phlaait"},
    {kStreet, "chaalai salai teru strit raste rastaa vidhi kraas chauk rodu"},
    {kLocality, "nakar naagar nagr sektar peth bijaay hils leout"},
    {kBuilding, "apaartament apaartment apaartmentas sosaayati bilding haus"},
    {kCity,
     "lakhanau kaanapur noedaa indaur haidaraabaad haidaraabaada naagapur ahamadaabaad amadaavaad jayapur bhopaal "
     "patanaa kolakaataa kalakaataa kochchi madurai bengaluru saataaraa punen naasik"},
    {kPlace,
     "pump stand school temple mandir masjid mosque church gurudwara station metro pillar atm bank tank "
     "water hospital "
     "mall petrol bus college gate post police park theatre cinema signal fresh city old govt court library "
     "ground "
     "stadium dargah kendra dairy medical store stores restaurant cafe bakery sweets junction crossing"},
    {kThing,
     "sr sample subject protocol certificate report trial case lab study application employee staff user site "
     "member membership document file form bed visit record request complaint service job work-order roll "
     "admission discharge prescription device centre center project proposal grant application tender "
     "quotation purchase delivery return ledger cheque folio client vendor supplier customer gst vehicle "
     "engine chassis certificate diary despatch dispatch inward outward scheme loan bond share demat "
     "randomized episode encounter procedure slide block biopsy film scan image study"},
    {kVenue,
     "conference convention hall auditorium chapter ward counter token hotel meets opd icu lobby hostel "
     "stadium "
     "pavilion booth stall airport university symposium congress department"},
    {kFloor, "floor flr manzil manjil storey ground basement"},
    {kPinCue, "pin pincode zip pinkod postcode postal"},
    {kPanCue, "pan pancard pain tds itr tax"},
    {kAadhaarCue, "aadhaar aadhar adhar adhaar uid uidai aadhaara vid"},
    {kGstCue, "gst gstin gstn"},
    {kCardCue, "card visa mastercard rupay amex debit credit cvv"},
    {kCodeCue | kGateWord, "cvv cvc"},
    {kRegCue,
     "reg regn regno registration registered mmc dmc mci nmc kmc tnmc apmc gmc upmc pmc wbmc hmc smc rmc bmc "
     "tsmc cmc council licence license"},
    {kLineWord, "row line item step piece part"},
    {kRemove,
     "remove removing drop dropping ignore ignoring skip delete strip omit without minus hata hatao hatake "
     "hatakar "
     "nikalo nikal chhodkar bina"},
    {kEdgeWord, "left first start beginning front end last back rear right se l"},
    {kReverse,
     "ulti ulat palat inverse reverse reversed reversal ulta ulti backward backwards backword mirror "
     "mirrored ultaa inverted flipped "
     "opposite "
     "vice palat palatke right-to-left rtl flip flipping invert undhun undhu undhaa olataa viprit viparit tirugisi tiruppi "
     "venaka tirichch himmukh bkwd reverce revers ulat ulata ulataa ultha ulto rivars talaikizh talaikizhaa "
     "talaikizhaaka tiragesi tirageyi esrever"},
    {kGateWord, "vpo"},
    {kReverse | kGateWord, "moc liamg oohay kooltuo liamtoh ffider liamffider"},
    {kHandleCue,
     "id handle username user usrname userid name uname nick nickname account profile page channel akaunt "
     "aaidi "
     "naam search screenname alias"},
    {kContactVerb,
     "add ping search find follow dm message msg text reach connect contact join chat pm look lookup check "
     "write "
     "hit buzz bhejo dhundo dhoondo milo inbox"},
    {kPayCue,
     "yupiaai yupiai "
     "upi vpa gpay gpe phonepe paytm bhim pay googlepay bhejo payment transfer amazonpay cred mobikwik"},
    {kPsp,
     "vaaibiel "
     "upi ybl ibl axl apl yapl paytm ptyes ptaxis pthdfc ptsbi okaxis okhdfcbank okicici oksbi icici "
     "hdfcbank sbi "
     "axisbank axis kotak barodampay cnrb idfcbank idfcfirst indus indianbank iob pnb unionbank uboi federal "
     "fbl rbl "
     "yesbank yesbankltd jupiteraxis freecharge airtel postbank dbs hsbc citi scb waicici wahdfcbank waaxis "
     "wasbi "
     "pingpay slice naviaxis tapicici timecosmos goaxb kmbl dlb csbpay aubank equitas ikwik amazonpay "
     "pockets "
     "rmhdfcbank utbi andb allbank boi mahb cboi psb kvb tjsb sib jio abfspay shriramhdfcbank superyes"},
    {kHonorific,
     "dr doctor drs mr mrs ms miss shri sri smt prof professor sir madam kumari pandit dokta daaktar er adv "
     "capt"},
    {kIntroduces,
     "named name naam i'm myself regards sincerely thanks signed from by patient pt colleague nurse relative "
     "brother sister wife husband son daughter"},
    {kMonth,
     "jan feb mar apr jun jul aug sep sept oct nov dec january february march april june july august "
     "september "
     "october november december"},
    {kCountry, "india bharat hindustan"},
    {kCommon,
     "the a an and or but if of in on at to for from by with without as is are was were be been being am i "
     "you he "
     "she it we they me him her us them my your his its our their this that these those here there what "
     "which who "
     "whom when where why how not no yes ok okay all any both each few more most other some such only own "
     "same so "
     "than too very can will just should now also please pls plz kindly thank thanks thankyou sir madam "
     "doctor dr "
     "hello hi dear regards sincerely good morning evening afternoon night day days week month year today "
     "tomorrow "
     "yesterday monday tuesday wednesday thursday friday saturday sunday time call calls meeting meet visit "
     "send sent "
     "share shared mail email mails emails message messages inbox reply replied forward link links file "
     "files slide "
     "slides data report reports study studies trial patient patients drug drugs dose dosing safety efficacy "
     "review "
     "portal platform office clinic hospital department team product brand sample samples budget price rate "
     "rates "
     "marketing page pages post posts story stories group groups channel account accounts profile app apps "
     "video "
     "photo photos image content campaign campaigns ads advert works work working worked does did done has "
     "have had "
     "having do get got give gave given go going gone come came see saw seen look looking find found use "
     "used using "
     "need needs want wants like liked make made take taken took let know known think said say says tell "
     "told ask "
     "asked help about after again against before below between during into out over under up down off then "
     "once "
     "open opened close closed down slow full empty new old next last first second third one two three four "
     "five six "
     "seven eight nine ten zero half part rest middle start end ends begin starts number numbers phone "
     "mobile contact "
     "id ids handle username user name names instead outside inside direct directly personal private public "
     "official "
     "office home city town area road street address available later soon back hai ho hoon tha thi the ka ki "
     "ke ko se "
     "mein par pe pr aur ya nahi nahin haan han ji kya kal aaj abhi subah shaam raat din baad pehle bhi hi "
     "toh to kar "
     "karo karna karke kijiye lijiye dijiye dena do lo le de diya liya mera meri mere apna aap tum hum woh "
     "wo yeh ye "
     "yahan wahan wahin sab kuch koi bahut accha theek sahi bhai bhej bhejo bhejna search add ping follow dm "
     "text "
     "write reach connect join chat both either same discuss discussed discussion would could may might must "
     "shall "
     "via through while because since until though although however therefore still already always never "
     "often ever "
     "attachment attached attach service services server login password access notification notifications "
     "email "
     "window tab browser web website site online offline version update updates issue issues problem rules "
     "policy "
     "support calendar drive docs sheets meet form forms users filter filters spam folder client clients "
     "server "
     "integration integrations bot bots api feature features security secure encrypted chats calls reels "
     "live "
     "algorithm trend trends followers engagement audience views likes comments comment platforms social "
     "media "
     "networks network presence strategy handles shop ads business company people person everyone anyone "
     "someone "
     "something anything nothing everything thing things way ways well many much lot lots long short big "
     "small high "
     "low great best better bad free busy late early every another one's don't didn't can't won't isn't "
     "there's it's "
     "hospital's based related regarding around across along among per plus minus equal total average mean "
     "median "
     "range ratio level levels test tests result results value values baseline screening follow-up week's "
     "dot com "
     "slot slots batch order invoice copy registered signup sign log based remaining using mention mentioned "
     "wala wali walo raha rahe rahi gaya gayi gaye hua hue hui lagao karein kariye bata batao bataiye sakte "
     "sakta "
     "ok okay fine sure done right left wrong correct true false null none sticker stickers gif poll polls "
     "thread hashtag hashtags playlist playlists subscriber subscribers livestream broadcast broadcasts carousel "
     "influencer influencers lecture lectures webinar webinars tutorial tutorials recording recordings settings "
     "sharing preview banner banners advertising advertisement advertisements professionals professional students "
     "student physicians physician specialists rumours rumors misinformation viral trending podcast podcasts forwards "
     "healthcare medicare aftercare homecare skincare childcare eyecare telehealth ehealth wellness awareness "
     "community communities interview interviews clip clips session sessions talk talks speaker speakers panel "
     "event events invite invites invitation reminder reminders banner poster posters leaflet newsletter uploaded "
     "recorded streamed streaming shared tagged blocked hacked deleted disabled restricted banned verified "
     "aa jao aao aaiye "
     "breaks cutoff bedtime noon midnight home work least most once twice thrice symptoms onset rest risk"},
};

// Before "no" or "number": whose telephone it is, or which of several. Anything else there may be a thing.
constexpr std::string_view kReached[] = {
    "my",        "mera",      "meri",    "apna",     "uska",     "his",       "her",       "their",    "our",
    "your",      "new",       "old",     "current",  "other",    "another",   "second",    "first",    "third",
    "alternate", "alternative", "alt",   "backup",   "spare",    "direct",    "main",      "local",    "general",
    "emergency", "personal",  "private", "home",     "house",    "residence", "residential", "res",    "resi",
    "work",      "office",    "official", "clinic",  "hospital", "reception", "desk",      "front",    "secretary",
    "assistant", "pa",        "driver",  "wife",     "husband",  "son",       "daughter",  "brother",  "sister",
    "father",    "mother",    "friend",  "colleague", "nurse",   "compounder", "receptionist", "manager", "sim",
    "jio",       "airtel",    "vi",      "vodafone", "idea",     "bsnl",      "duty",      "oncall",   "correct",
    "right",     "real",      "actual",  "full",     "complete", "whole",     "following", "same",     "this",
    "that",      "the",       "a",       "is",       "ka",       "ki",        "working",   "active",   "regular",
    "usual",     "toll",      "free",    "care",     "customer", "support",   "enquiry",   "inquiry",  "appointment",
    "appt",      "booking",   "chamber", "opd",      "ot",       "icu",       "ward",      "ring",     "dial"};

constexpr std::string_view kStdCodes[] = {
    "11",  "20",  "22",  "33",  "40",  "44",  "79",  "80",  "120", "121", "124", "129", "130", "131", "132",
    "135", "141", "144", "145", "151", "154", "160", "161", "164", "171", "172", "175", "177", "180", "181",
    "183", "184", "186", "191", "194", "212", "215", "217", "230", "231", "233", "239", "240", "241", "250",
    "251", "253", "257", "260", "261", "265", "268", "278", "281", "285", "286", "288", "291", "294", "326",
    "341", "342", "343", "353", "354", "360", "361", "364", "368", "369", "370", "372", "373", "374", "376",
    "381", "382", "385", "389", "413", "416", "421", "422", "423", "424", "427", "431", "435", "451", "452",
    "461", "462", "468", "469", "470", "471", "474", "475", "476", "477", "478", "479", "480", "481", "482",
    "483", "484", "485", "487", "488", "490", "491", "493", "494", "495", "496", "497", "498", "512", "515",
    "522", "532", "535", "542", "551", "562", "565", "571", "581", "591", "595", "612", "621", "631", "641",
    "651", "657", "661", "663", "671", "674", "680", "712", "721", "724", "731", "733", "734", "744", "751",
    "755", "761", "771", "788", "816", "820", "821", "824", "831", "832", "836", "861", "863", "866", "870",
    "877", "878", "883", "884", "891"};

// By value: codes of two and of three digits never share one.
constexpr std::array<bool, 1000> kAreaCode = [] {
  std::array<bool, 1000> codes{};
  for (const std::string_view text : kStdCodes) {
    std::size_t code = 0;
    for (const char c : text) code = code * 10 + static_cast<std::size_t>(c - '0');
    codes[code] = true;
  }
  return codes;
}();

constexpr std::string_view kAllowedHosts[] = {"doi.org",
                                              "ncbi.nlm.nih.gov",
                                              "pubmed.ncbi.nlm.nih.gov",
                                              "nih.gov",
                                              "clinicaltrials.gov",
                                              "ctri.nic.in",
                                              "who.int",
                                              "icmr.gov.in",
                                              "cdsco.gov.in",
                                              "mohfw.gov.in",
                                              "nmc.org.in",
                                              "fda.gov",
                                              "ema.europa.eu",
                                              "nice.org.uk",
                                              "cochranelibrary.com",
                                              "cochrane.org",
                                              "nejm.org",
                                              "thelancet.com",
                                              "bmj.com",
                                              "jamanetwork.com",
                                              "nature.com",
                                              "sciencedirect.com",
                                              "springer.com",
                                              "wiley.com",
                                              "medscape.com",
                                              "uptodate.com",
                                              "escardio.org",
                                              "acc.org",
                                              "diabetesjournals.org",
                                              "ahajournals.org",
                                              "isrctn.com",
                                              "orcid.org",
                                              "wikipedia.org",
                                              "gov.in",
                                              "nic.in"};

constexpr std::array<float, kSpanTypes> kThresholds = {
    3.0F,  // phone
    3.0F,  // email
    4.0F,  // address
    3.0F,  // url
    3.0F,  // handle
    3.0F,  // upi
    3.0F,  // aadhaar
    3.0F,  // pan
    3.0F,  // gstin
    3.0F,  // card
    3.0F,  // registration
    3.0F,  // name
    3.0F,  // organisation
};

constexpr RedactionPolicy kDefaultPolicy{kThresholds, kAllowedHosts, {}, {}};

// ---- the table, built at compile time: open addressing over a dense array ----------------------

constexpr std::size_t kSlots = 8192;
constexpr std::size_t kMostWords = 5200;

constexpr std::uint64_t letters_at(const char* from, std::size_t count) {
  std::uint64_t letters = 0;
  if (std::is_constant_evaluated()) {
    for (std::size_t i = 0; i < count; ++i)
      letters |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
  } else if (count == 8) {
    std::memcpy(&letters, from, 8);
  } else {
    std::memcpy(&letters, from, 4);
  }
  return letters;
}

// The first and the last letters of a word. With its length they say all of a word of up to 16 letters.
struct Ends {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  bool operator==(const Ends&) const = default;
};

constexpr Ends ends_of(std::string_view word) {
  const char* const p = word.data();
  const std::size_t n = word.size();
  if (n >= 8) return {letters_at(p, 8), letters_at(p + n - 8, 8)};
  if (n >= 4) return {letters_at(p, 4), letters_at(p + n - 4, 4)};
  const auto letter = [&](std::size_t i) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(p[i]));
  };
  return {letter(0) | letter(n / 2) << 8 | letter(n - 1) << 16, 0};
}

constexpr std::uint64_t hash_of(const Ends& ends, std::size_t size) {
  std::uint64_t h = (ends.head + size) * 0x9E3779B97F4A7C15U;
  h = (h ^ (h >> 29) ^ ends.tail) * 0xBF58476D1CE4E5B9U;
  return h ^ (h >> 32);
}

struct Entry {
  Word word;
  Ends ends;
};

struct Table {
  // One more than the place in `entries`, 0 is empty; above it half of the hash.
  std::array<std::uint32_t, kSlots> slots{};
  std::array<Entry, kMostWords> entries{};
  std::size_t count = 0;

  static constexpr std::uint32_t tag(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 48) << 16;
  }

  // The entry of `word`, or where its number goes.
  constexpr const Entry* find(std::string_view word, std::uint64_t& hash, const Ends& ends) const {
    for (;; ++hash) {
      const std::uint32_t slot = slots[hash % kSlots];
      if (slot == 0) return nullptr;
      if ((slot & 0xFFFF0000U) != tag(hash)) continue;
      const Entry& entry = entries[(slot & 0xFFFFU) - 1];
      if (entry.ends == ends && entry.word.text.size() == word.size() &&
          (word.size() <= 16 || entry.word.text == word))
        return &entry;
    }
  }

  constexpr Word& slot(std::string_view word) {
    const Ends ends = ends_of(word);
    std::uint64_t hash = hash_of(ends, word.size());
    if (const Entry* known = find(word, hash, ends); known != nullptr)
      return entries[static_cast<std::size_t>(known - entries.data())].word;
    entries[count].word.text = word;
    entries[count].ends = ends;
    slots[hash % kSlots] = tag(hash) | static_cast<std::uint32_t>(++count);
    return entries[count - 1].word;
  }
};

template <class Visit>
constexpr void each_word(std::string_view words, Visit visit) {
  std::size_t i = 0;
  while (i < words.size()) {
    std::size_t j = i;
    while (j < words.size() && words[j] != ' ') ++j;
    if (j > i) visit(words.substr(i, j - i));
    i = j + 1;
  }
}

constexpr Table make_table() {
  Table table;
  for (const NumberList& list : kNumbers) {
    each_word(list.words, [&](std::string_view word) {
      Word& slot = table.slot(word);
      if (slot.role != NumberRole::none) return;  // the first meaning stands
      slot.role = list.role;
      slot.value = list.value;
    });
  }
  for (const ClassList& list : kClasses) {
    each_word(list.words, [&](std::string_view word) { table.slot(word).classes |= list.classes; });
  }
  return table;
}

constexpr Table kTable = make_table();

constexpr std::uint64_t kGateClasses = kRemove | kAnnounces | kPlatform | kProvider | kDotWord | kHouse | kStreet |
                                       kLocality | kBuilding | kLandmark | kCity | kRegCue | kGateWord |
                                       kPinCue | kPanCue | kGstCue;
constexpr std::uint64_t kLooseClasses = kHandleCue | kPayCue | kPhoneCue | kMailCue | kAddressCue;

// Marks the first letters of every spelling of a sound.
constexpr void mark_sounds(WordFilter& filter, const SoundOf& sound, std::size_t part, std::uint32_t letters,
                           std::size_t n) {
  if (n >= 4 || part == sound.parts.size()) {
    filter.mark_weak(letters);
    return;
  }
  any_spelling(sound.parts[part], [&](std::string_view spelling) {
    std::uint32_t next = letters;
    std::size_t k = n;
    for (const char c : spelling) {
      if (k < 4) next |= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << (8 * k++);
    }
    mark_sounds(filter, sound, part + 1, next, k);
    return false;
  });
}

constexpr WordFilter make_filter(bool loose) {
  WordFilter filter;
  for (const Entry& entry : kTable.entries) {
    const Word& word = entry.word;
    // Other letters than those of ASCII are read in any case.
    if (word.text.empty() || (word.classes & kScriptWord) != 0 ||
        std::ranges::any_of(word.text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
      continue;
    std::uint64_t letters = 0;
    for (std::size_t i = 0; i < 8 && i < word.text.size(); ++i)
      letters |= static_cast<std::uint64_t>(static_cast<unsigned char>(word.text[i])) << (8 * i);
    const auto head = static_cast<std::uint32_t>(letters);
    const auto more = static_cast<std::uint32_t>(letters >> 32);
    if (word.role != NumberRole::none && (word.classes & kWeakNumber) != 0) filter.mark_weak(head);
    if (word.role != NumberRole::none && (word.classes & kWeakNumber) == 0) {
      filter.mark_number(head, more);
      filter.mark_number(head, head >> 24);  // its fourth letter twice ("eighht")
    }
    if ((word.classes & (loose ? kGateClasses | kLooseClasses : kGateClasses)) != 0 || word.text == "id" ||
        word.text == "handle" || word.text == "mail")
      filter.mark_word(head, more);
  }
  for (const SoundOf& sound : kSoundsOf) mark_sounds(filter, sound, 0, 0, 0);
  for (const std::string_view digit : kDigitNames) {
    each_slip(digit, [&](std::string_view slip) {
      std::uint32_t head = 0;
      for (std::size_t i = 0; i < 4 && i < slip.size(); ++i)
        head |= static_cast<std::uint32_t>(static_cast<unsigned char>(slip[i])) << (8 * i);
      if (slip != "there" && slip != "seen") filter.mark_weak(head);  // which are words
    });
  }
  return filter;
}

constexpr WordFilter kFilter = make_filter(false);
constexpr WordFilter kLooseFilter = make_filter(true);

// Words that begin with a pair of letters.
constexpr std::uint8_t kOpensNumber = 1;
constexpr std::uint8_t kOpensSound = 2;
using Openings = std::array<std::uint8_t, 32 * 32>;

constexpr std::size_t opening(char a, char b) {
  return static_cast<std::size_t>(static_cast<unsigned>(a) & 31U) * 32 + (static_cast<unsigned>(b) & 31U);
}

// Marks the first two letters of every spelling of a sound.
constexpr void open_sounds(Openings& openings, const SoundOf& sound, std::size_t part, char first) {
  if (part == sound.parts.size()) return;
  any_spelling(sound.parts[part], [&](std::string_view spelling) {
    if (spelling.empty()) {
      open_sounds(openings, sound, part + 1, first);
    } else if (first != 0) {
      openings[opening(first, spelling[0])] |= kOpensSound;
    } else if (spelling.size() > 1) {
      openings[opening(spelling[0], spelling[1])] |= kOpensSound;
    } else {
      open_sounds(openings, sound, part + 1, spelling[0]);
    }
    return false;
  });
}

// After the first two letters, the third ones of number words; every letter after a word of two, if `shorts`.
constexpr ThirdLetters thirds_of(bool shorts) {
  ThirdLetters thirds{};
  for (const Entry& entry : kTable.entries) {
    const std::string_view text = entry.word.text;
    if (text.size() < 2 || entry.word.role == NumberRole::none) continue;
    if (text.size() == 2 && !shorts) continue;
    thirds[opening(text[0], text[1])] |=
        text.size() == 2 ? ~std::uint32_t{0} : 1U << (static_cast<unsigned>(text[2]) & 31U);
  }
  return thirds;
}

constexpr Openings kOpenings = [] {
  Openings openings{};
  for (const Entry& entry : kTable.entries) {
    const std::string_view text = entry.word.text;
    if (text.size() >= 2 && entry.word.role != NumberRole::none)
      openings[opening(text[0], text[1])] |= kOpensNumber;
  }
  for (const SoundOf& sound : kSoundsOf) open_sounds(openings, sound, 0, 0);
  for (const std::string_view digit : kDigitNames)
    each_slip(digit, [&](std::string_view slip) { openings[opening(slip[0], slip[1])] |= kOpensSound; });
  return openings;
}();

}  // namespace

const Word* find_word(std::string_view canonical) noexcept {
  if (canonical.empty() || canonical.size() > kLongestWord) return nullptr;
  const Ends ends = ends_of(canonical);
  std::uint64_t hash = hash_of(ends, canonical.size());
  const Entry* const entry = kTable.find(canonical, hash, ends);
  return entry == nullptr ? nullptr : &entry->word;
}

constexpr ThirdLetters kThirdLetters = thirds_of(false);
constexpr ThirdLetters kNextLetters = thirds_of(true);

bool opens_number(char first, char second) noexcept {
  return (kOpenings[opening(first, second)] & kOpensNumber) != 0;
}

const Word* sound_number(std::string_view canonical) noexcept {
  if (canonical.size() < 2 ||
      (canonical[0] != canonical[1] && (kOpenings[opening(canonical[0], canonical[1])] & kOpensSound) == 0))
    return nullptr;
  const int digit = sound_digit(canonical);
  return digit < 0 ? nullptr : find_word(kDigitNames[digit]);
}

bool names_thing(const Word* word, std::string_view label, std::string_view number, bool acronym) noexcept {
  if (label.size() < 2) return false;
  constexpr std::uint64_t kContact = kPhoneCue | kWeakCue | kPlatform | kPayCue | kMailCue | kHonorific |
                                     kContactVerb | kGlue | kAadhaarCue | kCardCue | kAtWord;
  const std::uint64_t classes = word == nullptr ? 0 : word->classes;
  if ((classes & kPhoneNeg) != 0) return true;
  if ((classes & kContact) != 0 || (word != nullptr && word->role != NumberRole::none)) return false;
  const bool thing = acronym || (classes & kThing) != 0;
  if (number == "id" || number == "code") return thing || (classes & kCommon) == 0;  // "my id"
  if (std::ranges::find(kReached, label) != std::end(kReached)) return false;
  if (thing) return true;
  // Any other word before "no" may be somebody's name, unless it is made like the name of a thing.
  constexpr std::string_view kMade[] = {"tion", "ment", "cate", "ence", "ance", "port", "tract", "cord",
                                        "ture", "sheet", "card", "form", "ship", "code", "file"};
  return word == nullptr &&
         std::ranges::any_of(kMade, [&](std::string_view end) { return label.ends_with(end); });
}

bool calls_doctor(std::string_view word) noexcept {
  if (word.size() < 6) return false;
  if (word.starts_with("dr")) {
    constexpr std::string_view kOther[] = {"drug", "driv", "dress", "drama", "drop", "drain", "draw",
                                           "drin", "dream", "drast", "drows", "drool", "dread", "drift"};
    return std::ranges::none_of(kOther, [&](std::string_view head) { return word.starts_with(head); });
  }
  constexpr std::string_view kDoes[] = {"ortho", "cardio", "bones", "bone",    "doc",    "derma",   "derm",   "skin",
                                        "heart", "neuro",  "gyno",  "gynae",   "dental", "dentist", "uro",    "onco",
                                        "nephro", "gastro", "endo", "surgeon", "clinic", "care",    "physio", "kids",
                                        "child", "health", "talks", "talk",    "cures",  "heals",   "psych",  "eye",
                                        "paeds", "peds",   "diabetes", "diabeto", "spine", "official", "speaks", "smiles"};
  return std::ranges::any_of(kDoes, [&](std::string_view does) {
    return word.size() >= does.size() + 3 && word.ends_with(does);
  });
}

const WordFilter& word_filter(bool loose) noexcept { return loose ? kLooseFilter : kFilter; }

std::size_t std_code_length(std::string_view digits) noexcept {
  int code = 0;
  for (std::size_t length = 1; length <= 3 && length <= digits.size(); ++length) {
    code = code * 10 + (digits[length - 1] - '0');
    if (length >= 2 && kAreaCode[static_cast<std::size_t>(code)]) return length;
  }
  // Smaller exchanges have four-digit codes; their subscriber numbers have six digits.
  return digits.size() >= 4 && digits[0] >= '1' && digits[0] <= '8' ? 4 : 0;
}

}  // namespace connex::redaction

namespace connex {

const RedactionPolicy& default_redaction_policy() noexcept { return redaction::kDefaultPolicy; }

}  // namespace connex
