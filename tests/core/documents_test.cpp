// What travels around a text: the names of people stay, how to reach them goes, and nothing else changes.
#include "connex/documents.hpp"

#include <doctest/doctest.h>

using namespace connex;

namespace {

std::string redacted(std::string_view text, DocumentFormat format, const RedactionOptions& options = {}) {
  std::string out;
  std::vector<DocumentFinding> findings;
  REQUIRE(redact_document(text, format, options, out, findings));
  std::string again;
  std::vector<DocumentFinding> none;
  REQUIRE(redact_document(out, format, options, again, none));
  CHECK(again == out);
  return out;
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

constexpr std::string_view kInvitation =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Clinic//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    "UID:20261123-17@mail.sunrise-clinic.example\r\nDTSTAMP:20261123T043000Z\r\n"
    "DTSTART;TZID=Asia/Kolkata:20261123T100000\r\nRRULE:FREQ=DAILY;UNTIL=20261130T043000Z;INTERVAL=10\r\n"
    "ORGANIZER;CN=\"Asha Kulkarni; 98765 "
    "43017\";SENT-BY=\"mailto:desk@sunrise-clinic.example\":mailto:asha.k\r\n"
    " ulkarni@sunrise-clinic.example\r\n"
    "ATTENDEE;ROLE=REQ-PARTICIPANT;EMAIL=asha@sunrise-clinic.example;CN=Asha:MAILTO:asha@sunrise-clinic."
    "exampl\r\n"
    " e\r\n"
    "SUMMARY:Visit\r\nDESCRIPTION:Slides are ready\\, call 98765\r\n  43017\\nor write to "
    "asha@sunrise-clinic.e\r\n"
    " xample\r\n"
    "LOCATION:Flat 17\\, Kamdhenu Society\\, Paud Road\\, Kothrud\\, Pune 411038\r\nGEO:18.5074;73.8077\r\n"
    "CONTACT:Desk\\, 98765 43017\r\nX-APPLE-STRUCTURED-LOCATION;X-ADDRESS=\"Paud "
    "Road\":geo:18.5074,73.8077\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n";

}  // namespace

TEST_CASE("documents: a calendar invitation keeps its slot and its people, not how to reach them") {
  const std::string out = redacted(kInvitation, DocumentFormat::calendar);
  for (const std::string_view gone : {"98765", "43017", "sunrise", "asha@", "kulkarni@", "Paud", "18.50",
                                      "GEO", "SENT-BY", "CONTACT", "Kamdhenu"})
    CHECK_MESSAGE(!holds(out, gone), gone << "\n" << out);
  for (const std::string_view kept :
       {"DTSTART;TZID=Asia/Kolkata:20261123T100000\r\n", "DTSTAMP:20261123T043000Z\r\n",
        "RRULE:FREQ=DAILY;UNTIL=20261130T043000Z;INTERVAL=10\r\n", "UID:20261123-17@hidden.invalid\r\n",
        "SUMMARY:Visit\r\n", "Slides are ready\\, call [phone hidden]", "Asha Kulkarni", "END:VCALENDAR\r\n"})
    CHECK_MESSAGE(holds(out, kept), kept << "\n" << out);
  std::size_t line = 0;
  for (const char c : out) {
    line = c == '\n' ? 0 : line + 1;
    CHECK(line <= 76);
  }
}

TEST_CASE("documents: a number does not pass as a date") {
  const std::string out = redacted(
      "BEGIN:VEVENT\r\nDTSTART:9876543017\r\nSTATUS:9876543017\r\nEND:VEVENT\r\n", DocumentFormat::calendar);
  CHECK(!holds(out, "9876543017"));
}

TEST_CASE("documents: a card keeps who somebody is and the city") {
  const std::string out = redacted(
      "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Kulkarni;Asha;;Dr.;\r\nFN:Dr. Asha Kulkarni\r\nORG:Sunrise Clinic\r\n"
      "item1.TEL;TYPE=CELL:+91 98765 43017\r\nEMAIL:asha@sunrise-clinic.example\r\n"
      "ADR;TYPE=WORK:;;17 Paud Road;Pune;MH;411038;India\r\nURL:https://sunrise-clinic.example\r\n"
      "X-WHATSAPP:9876543017\r\nNOTE:reach me at 98765 43017\\, any day\r\nEND:VCARD\r\n",
      DocumentFormat::card);
  for (const std::string_view gone : {"98765", "asha@", "Paud", "411038", "https", "WHATSAPP", "TEL"})
    CHECK_MESSAGE(!holds(out, gone), out);
  for (const std::string_view kept :
       {"N:Kulkarni;Asha;;Dr.;\r\n", "FN:Dr. Asha Kulkarni\r\n", "ADR:;;;Pune;;;\r\n", "any day"})
    CHECK_MESSAGE(holds(out, kept), out);
}

TEST_CASE("documents: headers of mail keep names, subject and date") {
  const std::string out = redacted(
      "From: \"Dr Asha Kulkarni\" <asha@sunrise-clinic.example>\r\n"
      "Reply-To: asha.private@gmail.com\r\nTo: Ravi <ravi@acme.example>,\r\n meena@acme.example\r\n"
      "Cc: desk@sunrise-clinic.example\r\nReceived: from 10.0.0.1 by mail.sunrise-clinic.example\r\n"
      "Subject: =?utf-8?B?Q2FsbCBtZSBvbiA5ODc2NSA0MzAxNw==?= about slides\r\n"
      "Message-ID: <17.20261123@mail.sunrise-clinic.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0530\r\n"
      "Content-Disposition: attachment; filename=\"asha 98765 43017.pdf\"\r\n",
      DocumentFormat::email_headers);
  for (const std::string_view gone :
       {"asha@", "asha.private", "acme", "sunrise", "98765", "Q2Fsb", "Reply-To", "Cc:", "Received"})
    CHECK_MESSAGE(!holds(out, gone), gone << "\n" << out);
  for (const std::string_view kept :
       {"From: \"Dr Asha Kulkarni\" <hidden@hidden.invalid>\r\n", "Call me on [phone hidden] about slides",
        "Date: Mon, 23 Nov 2026 10:00:00 +0530\r\n", "Message-ID: <17.20261123@hidden.invalid>\r\n"})
    CHECK_MESSAGE(holds(out, kept), kept << "\n" << out);
}

TEST_CASE("documents: a file's name tells no number") {
  CHECK(redacted("dr_asha_98765_43017.pdf", DocumentFormat::file_name) == "dr_asha_[phone hidden].pdf");
  CHECK(!holds(redacted("write-to-asha@sunrise.com.pdf", DocumentFormat::file_name), "asha@"));
  CHECK(redacted("trial_results_2026_q3.pdf", DocumentFormat::file_name) == "trial_results_2026_q3.pdf");
}

TEST_CASE("documents: text that is no UTF-8 is refused whatever it is, and any bytes come out somewhere") {
  std::string out;
  std::vector<DocumentFinding> findings;
  for (std::size_t f = 0; f < kCountOf<DocumentFormat>; ++f) {
    const auto format = static_cast<DocumentFormat>(f);
    CHECK(!redact_document("\xff", format, {}, out, findings));
    for (const std::string_view odd :
         {"", ":", ";", "\r\n", " x", "A;B", "A;B=\"", "=?", "=?utf-8?", "=?utf-8?Q?", "From: <", "From: \"",
          "N:\\", "ADR:\\", "ADR:;;;;;;;;;;;"})
      redacted(odd, format);
  }
}

TEST_CASE("documents: an id is kept as it is, unless it is a contact") {
  const auto kept = [](std::string_view line, DocumentFormat format) { return redacted(line, format); };
  CHECK(kept("UID:9820011111@asha.local\r\n", DocumentFormat::calendar) == "UID:hidden@hidden.invalid\r\n");
  CHECK(kept("UID:550e8400-e29b-41d4-a716-446655440000@x\r\n", DocumentFormat::calendar) ==
        "UID:550e8400-e29b-41d4-a716-446655440000@hidden.invalid\r\n");
  CHECK(kept("UID:98200-11111\r\n", DocumentFormat::card) == "UID:hidden\r\n");
  CHECK(kept("Message-ID: <9820011111.asha@citymail.in>\r\n", DocumentFormat::email_headers) ==
        "Message-ID: <hidden@hidden.invalid>\r\n");
  const std::string_view email = "asha.rao@citymail.in";
  RedactionOptions options;
  options.known.emails = {&email, 1};
  CHECK(redacted("References: <1.asha.rao@mx.citymail.in> <17@mx>\r\n", DocumentFormat::email_headers, options) ==
        "References: <hidden@hidden.invalid> <17@hidden.invalid>\r\n");
}

TEST_CASE("documents: a value in another coding is read as what it says") {
  const auto card = [](std::string_view line) { return redacted(line, DocumentFormat::card); };
  CHECK(card("NOTE;ENCODING=QUOTED-PRINTABLE:ring =39=38=32=30=30=31=31=31=31=31\r\n") == "NOTE:ring [phone hidden]\r\n");
  CHECK(card("NOTE;CHARSET=UTF-8;QUOTED-PRINTABLE:ring =39=38=32=30=\r\n=30=31=31=31=31=31 at noon\r\nFN:Asha\r\n") ==
        "NOTE:ring [phone hidden] at noon\r\nFN:Asha\r\n");
  CHECK(card("FN;ENCODING=QUOTED-PRINTABLE:Dr. Asha=20Kulkarni\r\n") == "FN:Dr. Asha Kulkarni\r\n");
  CHECK(card("NOTE;ENCODING=BASE64:cmluZyA5ODIwMDExMTEx\r\n") == "NOTE:ring [phone hidden]\r\n");
  CHECK(card("NOTE;ENCODING=QUOTED-PRINTABLE:=FF=FE\r\n") == "NOTE:[hidden]\r\n");
  CHECK(card("N;ENCODING=QUOTED-PRINTABLE:Rao;Asha=0D=0ATEL:9820011111\r\n").find("9820011111") == std::string::npos);
}

TEST_CASE("documents: lines end with LF, CR LF or CR") {
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    std::string text;
    for (const std::string_view line : {"BEGIN:VCARD", "FN:Asha", "TEL:98200", "NOTE:11111", "END:VCARD"})
      text.append(line).append(end);
    CHECK(redacted(text, DocumentFormat::card) == "BEGIN:VCARD\r\nFN:Asha\r\nNOTE:11111\r\nEND:VCARD\r\n");
  }
}
