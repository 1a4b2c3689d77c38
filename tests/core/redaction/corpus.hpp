// Texts that the redaction tests share: contacts in many dresses, and clinical talk without any.
#pragma once

#include <string>
#include <vector>

namespace connex::testing {

struct Sample {
  const char* text;
  const char* secret;  // must not survive
};

inline const std::vector<Sample>& contacts() {
  static const std::vector<Sample> samples = {
      {"Call me on 9820133447", "9820133447"},
      {"ring +91 (0) 98201 33447 today", "98201 33447"},
      {"office: 022-37802903 ext 269", "022-37802903"},
      {"nine eight two zero one three three four four seven is my number", "nine eight two"},
      {"mobile nau aath do shunya ek teen teen char char saat", "nau aath do"},
      {"شماره من نه هشت دو صفر یک سه سه چهار چهار هفت", "نه هشت دو"},
      {"noh hasht do sefr yek seh seh chahar chahar haft", "noh hasht do"},
      {"мой номер девять восемь два ноль один три три четыре пять семь", "девять восемь два"},
      {"звоните девяносто восемь двадцать тринадцать тридцать четыре сорок семь", "девяносто восемь"},
      {"call ninety eight twenty thirteen thirty-four forty seven", "ninety eight"},
      {"mobile first 98, then 20, then 13, then 34, and 47 to finish", "13, then 34"},
      {"number is 9\xE2\x9D\xA4\xEF\xB8\x8F"
       "8\xF0\x9F\x99\x8F"
       "2\xE2\x98\x85"
       "0\xE2\x98\x85"
       "1\xE2\x98\x85"
       "3\xE2\x98\x85"
       "3\xE2\x98\x85"
       "4\xE2\x98\x85"
       "4\xE2\x98\x85"
       "7",
       "2\xE2\x98\x85"
       "0"},
      {"mob 9B2OI EE447", "2OI EE4"},
      {"read this backwards: 7443310289", "7443310289"},
      {"ph 98\xE2\x80\x8B"
       "201\xC2\xAD"
       "33447",
       "33447"},
      {"mail dr.sharma72@gmail.com please", "dr.sharma72"},
      {"write to drsharma [at] gmail [dot] com", "drsharma"},
      {"E-mail - drsharma at the rate yahoo dot co dot in", "drsharma"},
      {"my mail is drs\xD0\xB0rm\xD0\xB0@gm\xD0\xB0il.com", "drs"},
      {"mail: d r s h a r m a @ g m a i l . c o m", "s h a r m a"},
      {"My VPA is drsharma@okicici", "drsharma"},
      {"Message me here https://t.me/drsharma_md", "drsharma_md"},
      {"telegram id: drsharma_md", "drsharma_md"},
      {"PAN: ABCPK1234F for TDS", "ABCPK1234F"},
      {"my aadhaar is 2345 6789 0124", "2345 6789"},
      {"I stay at Flat 943, Silver Oak Enclave, Gomti Nagar, Delhi.", "Silver Oak"},
      {"\u0BEF\u0BEE\u0BEA\u0BEB\u0BE6\u0BE7\u0BE8\u0BE9\u0BEA\u0BEB", "\u0BEA\u0BEB\u0BE6\u0BE7"},
      {"\u0274\u026A\u0274\u1D07 \uA730\u1D0F\u1D1C\u0280 \uA730\u026A\u1D20\u1D07 two two six six zero one three",
       "two two six"},
      {"alternate no 9820133447", "9820133447"},
      {"my number 9820133447 (sample id 7012345678)", "9820133447"},
      {"98 20 13 34 47", "98 20 13"},
      {"91 98 20 13 34 47", "98 20 13"},
      {"My clinic address: 45, Gomti Nagar, Lucknow", "Gomti"},
      {"Address - No. 7, Anna Salai, Chennai", "Anna Salai"},
      {"Please courier to Old No 12/New No 34, Vijay Nagar, Pune", "New No 34"},
      {"Address: B-7/12 Vasant Vihar, New Delhi", "B-7/12"},
      {"At & Post Shirur, Tal. Shirur, Dist. Pune 412210", "Post Shirur"},
      {"I live at Gat No. 45, Village Wagholi, Pune", "Wagholi"},
      {"courier: qr no 5, model town, ludhiana", "qr no 5"},
      {"Address: D.No 50-92-3, Seethammadhara, Visakhapatnam", "50-92-3"},
      {"you can visit me at Room 12, Gandhi Road, Kochi", "Gandhi Road"},
      {"My clinic is at XII/345, MG Road, Ernakulam", "XII/345"},
      {"My clinic is at AE-45, Salt Lake, Kolkata", "AE-45"},
      {"\u092A\u0924\u094D\u0924\u093E: \u092B\u094D\u0932\u0945\u091F \u0928\u0902 \u096A, "
       "\u0938\u093E\u0908 \u0905\u092A\u093E\u0930\u094D\u091F\u092E\u0947\u0902\u091F, "
       "\u0915\u094B\u0925\u0930\u0942\u0921, \u092A\u0941\u0923\u0947 \u096A\u0967\u0967\u0966\u0969\u096E",
       "\u096A\u0967\u0967\u0966\u0969\u096E"},
      {"\u0BAE\u0BC1\u0B95\u0BB5\u0BB0\u0BBF: \u0B8E\u0BA3\u0BCD 12, "
       "\u0B95\u0BBE\u0BA8\u0BCD\u0BA4\u0BBF \u0B9A\u0BBE\u0BB2\u0BC8, \u0B9A\u0BC6\u0BA9\u0BCD\u0BA9\u0BC8 600020",
       "600020"},
      {"my site is drraviclinic.in", "drraviclinic"},
      {"DrRavi: drravi.health.", "drravi.health"},
      {"see linktr.ee/drravi", "linktr.ee"},
      {"youtu.be/abc and rb.gy/abc", "youtu.be"},
      {"instagr.am/drravi", "instagr.am"},
      {"at meet.jit.si/drravi", "jit.si"},
      {"insta dr_ravi_cardio", "dr_ravi_cardio"},
      {"I am on insta dr_ravi_cardio", "dr_ravi_cardio"},
      {"dr_ravi_cardio (insta)", "dr_ravi_cardio"},
      {"add dr_ravi_cardio insta", "dr_ravi_cardio"},
      {"telegram drravi77", "drravi77"},
      {"\u091F\u0947\u0932\u0940\u0917\u094D\u0930\u093E\u092E @drravi", "drravi"},
      {"\u0907\u0902\u0938\u094D\u091F\u093E dr_ravi_cardio", "dr_ravi_cardio"},
      {"975 227 2O82 or 9752272O82", "9752272O82"},
      {"call me on 9;8;2;0;1;3;3;4;4;7", "0;1;3;3"},
      {"my number: 98|20|13|34|47", "20|13"},
      {"my number 9and8and2and0and1and3and3and4and4and7", "2and0and1"},
      {"mobile 98aur20aur13aur34aur47", "20aur13"},
      {"call 9&nbsp;8&nbsp;2&nbsp;0&nbsp;1&nbsp;3&nbsp;3&nbsp;4&nbsp;4&nbsp;7", "2&nbsp;0"},
      {"my mobile: 9,820,133,447", "820,133"},
      {"my mobile: n*ne *ight tw* z*ro *ne thr*e thr*e f*ur f*ur s*ven", "thr*e f*ur"},
      {"call me on nin eig two zer one thr thr fou fou sev", "thr fou"},
      {"call me on nnie egiht two zreo one trhee trhee fuor fuor sveen", "trhee fuor"},
      {"\u0905\u0920\u093E\u0928\u0935\u0947 \u092A\u0948\u0902\u0924\u093E\u0932\u0940\u0938 "
       "\u0936\u0942\u0928\u094D\u092F \u090F\u0915 \u0924\u0947\u0908\u0938 "
       "\u092A\u0948\u0902\u0924\u093E\u0932\u0940\u0938",
       "\u0924\u0947\u0908\u0938"},
      {"\u0B92\u0BA9\u0BCD\u0BAA\u0BA4\u0BC1, \u0B8E\u0B9F\u0BCD\u0B9F\u0BC1, \u0BA8\u0BBE\u0BB2\u0BC1, "
       "\u0B85\u0B9E\u0BCD\u0B9A\u0BC1, \u0B9A\u0BC8\u0BAA\u0BB0\u0BCD, \u0B92\u0BA3\u0BCD\u0BA3\u0BC1, "
       "\u0BB0\u0BC6\u0BA3\u0BCD\u0B9F\u0BC1, \u0BAE\u0BC2\u0BA3\u0BC1, \u0BA8\u0BBE\u0BB2\u0BC1, "
       "\u0B85\u0B9E\u0BCD\u0B9A\u0BC1",
       "\u0B9A\u0BC8\u0BAA\u0BB0\u0BCD"},
      {"\u0BB0\u0BB5\u0BBF \u0B85\u0B9F\u0BCD \u0B9C\u0BBF\u0BAE\u0BC6\u0BAF\u0BBF\u0BB2\u0BCD "
       "\u0B9F\u0BBE\u0B9F\u0BCD \u0B95\u0BBE\u0BAE\u0BCD",
       "\u0B9C\u0BBF\u0BAE\u0BC6"},
      {"\u09B0\u09AC\u09BF \u0985\u09CD\u09AF\u09BE\u099F \u099C\u09BF\u09AE\u09C7\u0987\u09B2 "
       "\u09A1\u099F \u0995\u09AE",
       "\u099C\u09BF\u09AE\u09C7"},
      {"PAN ABCPK four one three eight Q", "four one three"},
      {"PAN DQNPX then 6485R", "6485R"},
      {"PAN reverse P2104KPODJ", "2104"},
      {"PAN AERPWO863F", "O863F"},
      {"aadhaar first 6 765074 last 6 990733", "765074"},
      {"gpay ravi24 at ok sbi", "ravi24"},
      {"upi id ravi09 at y b l", "ravi09"},
      {"ravi13 at oksbi", "ravi13"},
      {"batch 9820133447 is my phone, call", "9820133447"},
      {"Rs 9820133447 call me on this", "9820133447"},
      {"PMID 9820133447 (actually my mobile)", "9820133447"},
      // Words for other kinds of numbers, not right before this one.
      {"98201 33447\nOrder the strips tomorrow", "98201 33447"},
      {"Order is placed, 9820133447", "9820133447"},
      {"9820133447 patient is better", "9820133447"},
      {"Na 138. 9820133447", "9820133447"},
      {"for order 98201 33447", "98201 33447"},
      {"token 14 9820133447", "9820133447"},
      {"98201 33447 patients may come", "98201 33447"},
      // Letters that are no part of it.
      {"9820133447is mine", "9820133447"},
      {"98201 33447t", "33447"},
      {"Sunil9820133447", "9820133447"},
      {"s9820133447", "9820133447"},
      {"98201 33447\u0BB2", "33447"},
      {"98201 33447\u0D7D", "33447"},
      {"9820133447\u0C32\u0C4B", "9820133447"},
      // Other countries.
      {"till Friday +968 9511 2233", "9511 2233"},
      {"+33 6 22 33 44 55", "22 33 44"},
      {"+60 13-445 6677", "445 6677"},
      {"from 00971 52 334 4556", "52 334"},
      {"0044 7700 900 123", "7700 900"},
      // Names on networks, without a colon.
      {"insta rameshskin", "rameshskin"},
      {"my ig skindoc", "skindoc"},
      {"telegram pe aao drkapoor", "drkapoor"},
      {"drkapoor on insta", "drkapoor"},
      {"linkedin: ravi-kumar-neuro", "ravi-kumar"},
      {"fb page DrRaviNeuro", "DrRaviNeuro"},
      {"discord drravi#1234", "drravi#1234"},
      {"insta dr underscore ravi", "underscore ravi"},
      {"insta: r a v i _ m d", "v i _"},
      {"tg://resolve?domain=drravi", "drravi"},
      {"LINE id ravi79", "ravi79"},
      {"my handle is ravi79", "ravi79"},
      {"I'm @drravi today", "drravi"},
      {"github: raviortho", "raviortho"},
      {"my site ravikumarortho (dot) in", "ravikumarortho"},
      // Mail without an at.
      {"ravicardio77 is my gmail", "ravicardio77"},
      {"gmail id drravi77", "drravi77"},
      {"ravi.kumar (gmail)", "ravi.kumar"},
      {"ravikumar gmail com", "ravikumar"},
      {"R-A-V-I 77 at gmail dot com", "R-A-V-I"},
      {"ravi dot kumar at g mail", "ravi dot"},
      {"ravi full stop kumar at yahoo full stop com", "ravi full"},
      {"gmail pe mera id drravi hai", "drravi"},
      // Houses by their number, their PIN, or what is near them.
      {"H.No 4-2-771/B, Malakpet, Hyderabad", "4-2-771"},
      {"H No 3-7-210, Saidabad", "3-7-210"},
      {"home: 18 Lake Road, Kolkata", "Lake Road"},
      {"17 Cathedral Garden Road, Chennai 600034", "Cathedral"},
      {"Opp. City Library, Navrangpura, Ahmedabad 380009", "Navrangpura"},
      {"B/h Old Court, Paldi, Ahmedabad 380007", "Paldi"},
      {"Villa 7, Palm Meadows, Kompally 500014", "Palm Meadows"},
      {"We moved to C-804, Lake Heights, Powai last week", "Lake Heights"},
      {"Sector 15-D, House 212, Chandigarh", "House 212"},
      {"D.No 8-21, Arundelpet, Guntur", "Arundelpet"},
      {"No 8, 2nd Cross, Malleswaram, Bangalore", "2nd Cross"},
      {"Plot No 9, Film Nagar", "Plot No 9"},
      {"5-9-221/1 Adarsh Nagar Hyderabad 500063", "5-9-221/1"},
      {"Lane 4, Prabhat Colony, Pune 411004", "Prabhat"},
      {"Office: 204, Silver Square, Bodakdev, Ahmedabad 380054", "Silver Square"},
      // English digits in the letters of India, and other spellings.
      {"\u0BA8\u0BC8\u0BA9\u0BCD \u0B8E\u0BAF\u0BBF\u0B9F\u0BCD \u0B9F\u0BC2 "
       "\u0B9C\u0BC0\u0BB0\u0BCB \u0B92\u0BA9\u0BCD \u0BA4\u0BCD\u0BB0\u0BC0 "
       "\u0BA4\u0BCD\u0BB0\u0BC0 \u0B83\u0BAA\u0BCB\u0BB0\u0BCD \u0B83\u0BAA\u0BCB\u0BB0\u0BCD "
       "\u0B9A\u0BC6\u0BB5\u0BA9\u0BCD",
       "\u0B9C\u0BC0\u0BB0\u0BCB"},
      {"ombodhu ettu rendu poojyam onnu moonu moonu naalu naalu ezhu", "moonu naalu"},
      {"phone atanobboi ekush ekshotti choutrish shatchollish", "choutrish"},
      {"mobile athyannav bavis tera chautis satteechalis", "chautis"},
      {"flip 7443310289", "7443310289"},
      {"last digit first: 7443310289", "7443310289"},
      {"read it R to L 7443310289", "7443310289"},
      {"clinic ka address hai Door No. 234 Civil Lines opposite the old bus stand, Pune", "Civil Lines"},
      {"leela_menonATcitymailDOTin", "leela_menon"},
      {"write to tanvi.r7ATapollo-demoDOTorg", "tanvi.r7"},
      {"mail: rohanmenonAtcitymailDotin", "rohanmenon"},
      {"my mail is kavyakhanna27atgmaildotcom", "kavyakhanna27"},
      {"mail id alpha bravo Oscar at gmail dot com", "alpha bravo"},
      {"mail id ravi_khan\xF0\x9F\x93\xA7"
       "apollo-demo.in",
       "ravi_khan"},
      {"meeraiyer83 \xF0\x9F\x8C\x80 citymail.in", "meeraiyer83"},
      {"first five 98450 and next five 12345", "98450"},
      {"pehle paanch 98450 baaki paanch 12345", "98450"},
      {"piece 1 98450 piece 2 12345", "98450"},
      {"1/2: 98450\n2/2: 12345", "98450"},
      {"98450 (1/2)\n12345 (2/2)", "98450"},
      {"part 1 of 3: 9845 part 2 of 3: 012 part 3 of 3: 345", "9845"},
      {"ni-ne ei-ght fo-ur fi-ve ze-ro on-e tw-o thr-ee fo-ur fiv-e", "ei-ght"},
      {"ni.ne ei.ght fo.ur fi.ve ze.ro on.e tw.o thr.ee fo.ur fiv.e", "ei.ght"},
  };
  return samples;
}

inline const std::vector<const char*>& clean_texts() {
  static const std::vector<const char*> texts = {
      "Start telmisartan 40 mg OD for 14 days, then 80 mg; review sodium and potassium after 2 weeks.",
      "TSH 4.2, T3 1.0, T4 11.3; Na 132 K 4.7 Cl 106. Reach is growing in tier two cities.",
      "HbA1c fell from 9.8 % to 7.1 % in 24 weeks (n = 412), eGFR stayed at 81.",
      "batch 8173135903 of telmisartan recalled, LOT-736178, Mfg 03/2024, Exp 02/2027",
      "UTR 432007595597 credited; invoice 2024/601028 for Rs. 9,56,959/- plus 18% GST",
      "NCT08376014 met its primary endpoint, doi:10.1016/S0140-6736(25)07835-8, PMID 37771786",
      "https://clinicaltrials.gov/study/NCT02736411 has the protocol",
      "nine of ten doctors agreed, seven said maybe, six were unsure and two left",
      "counted down nine eight seven six five and he was under, three two one",
      "take one or two tablets, three times a day for four to five days",
      "do din mein teen baar, ek subah ek shaam, saat din tak",
      "Meeting on 22/12/2021 at 10:00; timestamp 2025-01-03T14:24:01+05:30",
      "Conference hall 4, Convention Centre, Surat. Ward 3-A, counter 18, token 152",
      "door to needle time was 22 min, street drugs history negative",
      "My number of cases has doubled; the address of the chair was excellent.",
      "randomisation block sizes 4, 6, 8; arms 1:1:2; sites 12, 14, 17, 19, 23 and 31.",
      "ICD-10 codes: M54.5 / K21.9 / N18.5 / Z79.4; SNOMED 797308764, LOINC 3369-7",
      "BP 140/90, pulse 72, SpO2 98%, temp 98.6 F, RR 16; ECG normal, echo EF 55-60%.",
      "A 64 year old man with CKD stage 3b on dialysis thrice weekly, creatinine 4.1, urea 96, Hb 9.4.",
      "Could we move the call to next week? My OPD is full at 4:30 pm on 12/08.",
      "The patient took 2 tabs at 8 am and 1 at night; vomiting stopped by day 3, discharged on day 5.",
      "Dose escalation 0.25, 0.5, 1.0, 1.7 and 2.4 mg weekly; nausea in 44 of 100, withdrawal in 7.",
      "Hazard ratio 0.87 (95% CI 0.77 to 0.98; p = 0.02); number needed to treat 45 over 3.8 years; events "
      "694/4668 versus 795/4672.",
      "CBC: Hb 10.2, TLC 11,400, DLC 78/18/3/1, platelets 2,10,000, ESR 46, CRP 24. LFT: bilirubin 1.1, SGOT "
      "42, SGPT 51, ALP 118.",
      "ABG on FiO2 0.4: pH 7.31, pCO2 52, pO2 68, HCO3 25.1, lactate 2.3. Ventilator: VC 450, PEEP 8, RR 18.",
      "Vitals at 06:00, 12:00, 18:00: temp 99.1, 100.4, 98.6; pulse 88, 104, 92; SpO2 96, 94, 97.",
      "Please note the next review is on 14/03/2026 at 11:30 am in room 204, second floor, OPD block B.",
      "Send 40 samples of 10 tablets each, PO 4500123987, GRN 5000887766, e-way bill 391234567890.",
      "Cycle 1 day 1, 8 and 15 every 28 days; dose 80 mg/m2; ANC 1500, 1100, 900, 1300; platelets 150, 120, "
      "90, 110.",
      "Insulin sliding scale: 150-200 2 units, 201-250 4 units, 251-300 6 units, 301-350 8 units, >350 10 "
      "units and call.",
      "ICD-11 5A11, ATC A10BK01, CAS 461432-26-8, UNII 1ULL0QJ8UC, ChEMBL429910, PubChem 9887712.",
      "Trial registration: CTRI/2023/05/052345, EudraCT 2019-004567-12, ClinicalTrials.gov NCT04567890.",
      "Invoice INV/2024-25/00781 dated 03-11-2025 for Rs 1,24,500.00, TDS 10%, UTR HDFCN52025110398765432.",
      "patient ko subah ek goli, dopahar ek goli, raat do goli, paanch din tak; phir saat din baad dikhana",
      "We enrolled 12, 45, 67, 34, 23, 56, 78, 11, 9 and 4 patients at the ten sites respectively.",
      "Follow-up at 1, 3, 6, 9, 12, 18, 24, 36, 48 and 60 months; imaging at 6, 12, 24 and 60 months.",
      "QT 412 ms, QTc 446 ms, PR 168 ms, QRS 96 ms, axis 45, rate 72; repeat ECG after 4 hours unchanged.",
      "Lancet 2010;376(9753):1670-81. UKPDS 33 352(9131):837-853, ASCOT-LLA 361(9364):1149-58.",
      "JAMA 2018 85 5628-5644; Eur Heart J 2024; 68: 4210-4223; J Clin Endocrinol Metab 2008;93(11):8261\u201377.",
      "pred taper 60 50 40 30 20 10 5 mg, pulse 95 89 88 92 97 72 71 through the day",
      "Bloods at 0 12 24 36 48 60 72 84 96 weeks, coverage 84 88 91 93 95 %, RBS 220 349 347 356",
      "Audiogram left 20 25 30 45 60 70 75 dB at 250 500 1000 2000 4000 8000 Hz",
      "units sold 9817 4253 8045 9667 5067 by quarter; Sample counts 9812 8734 6521 4410 3390",
      "| 96 | 37 | 25 | 93 | 26 |",
      "Visits on days 73 60 69 97 66; titres 160 320 640 80 20 40",
      "qty 6421 rate 3219.37; ordered 6827 at 7792.07 per box",
      "sample id 9812345670, Protocol No. 7012345678, certificate no: 9123456780",
      "report no 8012345678 and trial id 9123456780 and employee code 7012345678",
      "Booking ID 9812345670, Sample ID 9812-345-670, Lab no. 98301/22446, claim 9812345670",
      "order no is 9812345670; Invoice AX/9812/345670; B.No. GT23091A; Batch no. QBXPK1234L",
      "CPT 99213, 99214, 93000, 36415 and lots 75179, 36626",
      "pain score 8 8 7 6 5 4 3 2 2 1; Counts per field: 9 8 2 0 1 3 3 4 4 7",
      "he counted ten nine eight seven six five four three two one",
      "counts down ninety three eighty six seventy nine seventy two sixty five",
      "20260312T093000Z to 20260312T101500Z",
      "VID-20260312-WA0012.mp4",
      "ETT 7.5 @ 21 cm; commit 98301a22446bc4d",
      "insta story views doubled; the telegram broadcast reached 4000; our Twitter thread on lipids",
      "WhatsApp Ramesh tomorrow, handle the vial with care; it is a YouTube livestream",
      "two teams and three threads of work, covid19 outlook for 2026, the gmail app is slow",
      "Patients from Guntur, Nellore and Ongole: 45, 62 and 19. Survey 2019, Lancet, Delhi",
      "Dinner at Hotel Taj, 41 Marine Drive, Mumbai 400020",
      "Plot 3 shows survival; Phase 3 trial, Chennai; 12-3-2026, Pune",
      "responders 98 of 450, 123 of 450, none of 60",
      "Sr. No. 9812345670, sr no: 8123456709",
      "units 86484 81382 by depot; 97350 seconds, 14235 packets",
      "An anecdotal antidote at the depot; give 1/2 of 97350 today and 1/2 of it tomorrow",
      "the first five 14235 patients, part 1 of 2: screening, piece 2/2: follow-up, \xF0\x9F\x99\x8F thanks",
      "it was posted at outlook of the year",
      "Study site: Sion Hospital, Mumbai 400022. The KEM Hospital at Parel, Mumbai 400012 enrolled 34 patients.",
      "Registered office of the company: 45 MG Road, Bengaluru 560001.",
      "Seen at visit 45, Mumbai arm; room 402, second floor, main building; ward 3, bed 12, Pune.",
      "metformin stopped.in 5 patients; improved.Care plan unchanged.",
      "youtube covid19 talk, instagram reels 2024",
      "See him in room 12, then in OPD 4; block 3, level 2.",
      "8;7;9;6;8 on the scale",
      "we shall reach 9,845,012,345 people by 2030",
      "batch 8173135903 recalled, call the depot; PAN India launch, pan card 40% done",
      "*one* of *two* arms, co-ed, no-one, re-do; fo-llow up in the first 4 of 12 weeks",
      "The instagram post about awareness day reached 45,000 people; our linkedin page grew by 12 % and "
      "telegram channel views doubled.",
  };
  return texts;
}

}  // namespace connex::testing
