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
      {"clinic ka address hai Door No. 234 Civil Lines opposite the old bus stand, Pune", "Civil Lines"},
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
      "The instagram post about awareness day reached 45,000 people; our linkedin page grew by 12 % and "
      "telegram channel views doubled.",
  };
  return texts;
}

}  // namespace connex::testing
