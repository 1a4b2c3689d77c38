#include "connex/clauses.hpp"

#include <algorithm>
#include <array>

namespace connex {
namespace {

using enum ClauseKind;

constexpr std::uint8_t kF = kFact;
constexpr std::uint8_t kD = kDecision;
constexpr std::uint8_t kW = kWorkflow;
constexpr std::uint8_t kA = kAttestation;
constexpr std::uint8_t kDW = kDecision | kWorkflow;
constexpr std::uint8_t kDA = kDecision | kAttestation;

constexpr Clause kClauses[] = {
    // Overview
    {"C1-a", "the service arranges meetings, and the doctor stays in charge of them", fact, kF},
    {"C1-b", "how to reach a doctor is never revealed outside the platform", visibility, kDA},
    {"C1-c", "the pharma side sees when a doctor is free, not how to contact them", visibility, kD},
    {"C1-d", "nobody's data is ever for sale", purpose, kD},
    {"C1-e", "nobody's data goes to others for their promotion", purpose, kD},
    {"C1-f", "six groups of users are covered", fact, kF},
    {"C1-g", "the rules aim to follow Indian data protection law", fact, kF},
    {"C1-h",
     "covered is what the operator itself decides on; what an organisation does with data is its own affair",
     gate, kD},

    // Data collected
    {"C2.1-a", "account data is name, e-mail, phone, role and organisation", fact, kF},
    {"C2.1-b", "professional data is registration number, speciality, workplace and company", fact, kF},
    {"C2.1-c", "communication data is messages, meeting notes and tickets", fact, kF},
    {"C2.1-d", "billing data is an organisation's billing particulars and its plan", fact, kF},
    {"C2.1-e", "card numbers go to the payment processor alone and are not kept", security, kDA},
    {"C2.2-a", "use of the product is logged as usage data", fact, kF},
    {"C2.2-b", "browser, system and screen are logged as device data", fact, kF},
    {"C2.2-c", "addresses, times, errors and API calls are logged as access data", fact, kF},
    {"C2.2-d", "location is a city guessed from the network address and nothing finer", gate, kD},
    {"C2.3-a", "an employer may enter someone's details, who is then told where they came from", notice, kDW},
    {"C2.3-b", "a WhatsApp number and its messages are handled only for those who use the bridge", gate, kD},
    {"C2.4-a", "video data exists only for a doctor who opted in, for that call and its audit trail", gate,
     kD},
    {"C2.4-b", "live media passes through the media processor and is not recorded unless decided", gate, kDA},
    {"C2.4-c", "each acceptance is attested with its time and the text that was accepted", notice, kDW},
    {"C2.4-d", "a call leaves its room id, joins and leaves, duration and quality", fact, kF},
    {"C2.4-e", "recording takes the doctor's setting, the company's setting and consent in the call", gate,
     kD},
    {"C2.4-f", "without all three there is no recording, and doubt counts as no", gate, kD},
    {"C2.4-g", "whether a call is recorded is plain on the screen before it begins", notice, kDA},
    {"C2.4-h", "the doctor's profile can end both virtual visits and recording whenever they like", gate, kW},
    {"C2.4-i", "such a switch governs every later call", gate, kD},

    // Purposes
    {"C3-a", "data may serve accounts, scheduling, messages and the core features", purpose, kD},
    {"C3-b", "data may serve reminders, notifications, updates and support", purpose, kD},
    {"C3-c", "data may serve to measure and improve the product", purpose, kD},
    {"C3-d", "data may serve code compliance, fraud prevention and safety", purpose, kD},
    {"C3-e", "data may serve payments, plans, invoices and credits", purpose, kD},
    {"C3-f", "data may serve legal duties and lawful demands", purpose, kDW},

    // Storage and encryption
    {"C4-a", "the hosting provider's data centres hold recognised certificates", security, kA},
    {"C4-b", "connections from devices use TLS 1.2 at least", security, kDA},
    {"C4-c", "sensitive data at rest is under AES-256", security, kDA},
    {"C4-d", "staff reach only the data that their role and task need", visibility, kD},
    {"C4-e", "database connections are encrypted", security, kA},
    {"C4-f", "database queries take their values as parameters", security, kA},
    {"C4-g", "backups are made by schedule", security, kDA},
    {"C4-h", "passwords are hashed by bcrypt at a sufficient cost", security, kD},
    {"C4-i", "no password is ever held in clear", security, kD},

    // Processors
    {"C5-a", "only listed processors get data, and no more than they need", egress, kD},
    {"C5-b", "every processor is bound by a written agreement and by instructions", egress, kDA},
    {"C5-c", "Razorpay gets an organisation's name, billing e-mail, amount and plan", egress, kD},
    {"C5-c2", "Razorpay holds a current PCI DSS certificate", security, kA},
    {"C5-d", "Meta gets phone, message and delivery status of those who use the bridge", egress, kD},
    {"C5-e", "Google's mail service gets address, name and text of service mails", egress, kD},
    {"C5-f", "LiveKit gets media, opaque ids, room and connection data, and a recording only if permitted",
     egress, kD},
    {"C5-g", "LiveKit comes into play only for a doctor who opted in", gate, kD},
    {"C5-h", "LiveKit makes no use of its own and encrypts what it carries", security, kA},
    {"C5-i", "R2 gets uploads and permitted recordings, encrypted, reached by signed links", egress, kDA},
    {"C5-j", "no AI is used unless the deployment has it switched on", gate, kD},
    {"C5-k", "the AI provider is one of the two that are listed", egress, kD},
    {"C5-l", "everything that identifies a person is removed before a note reaches the AI", egress, kD},
    {"C5-m", "the AI gets completion notes without identities and hashed metadata, nothing else", egress, kD},
    {"C5-n", "a full list of processors is kept and shown to enterprise customers who ask", notice, kDW},
    {"C5-o", "a new processor that changes matters is announced 15 days before", notice, kDW},
    {"C5-p", "no third party gets personal data for its marketing, in any form", purpose, kD},

    // Virtual visits
    {"C6-a", "a virtual visit may take the place of one in person", fact, kF},
    {"C6.1-a", "every doctor starts with virtual visits off", gate, kD},
    {"C6.1-b", "only the doctor's own explicit act switches virtual visits on", gate, kD},
    {"C6.1-c", "the doctor can switch virtual visits off again at any moment", gate, kW},
    {"C6.1-d", "a representative cannot book a virtual visit while the doctor's opt-in is missing", gate, kD},
    {"C6.2-a", "one screen tells both parties: promotional, which slot, recorded or not, the links", notice,
     kDA},
    {"C6.2-b", "no call starts before each party has accepted for itself", gate, kD},
    {"C6.2-c", "acceptances carry their time and stay for seven years", retention, kD},
    {"C6.3-a", "first condition of recording: the doctor's profile allows it", gate, kD},
    {"C6.3-b", "second condition of recording: the representative's company has it on its plan", gate, kD},
    {"C6.3-c", "third condition of recording: everyone agrees on the screen for this call", gate, kD},
    {"C6.3-d", "the screen says on or off, without ambiguity", notice, kDA},
    {"C6.3-e", "one condition short, nothing is recorded and no media outlives its transport", gate, kDA},
    {"C6.4-a", "a recording stays seven years, counted from the day of the call", retention, kD},
    {"C6.4-b", "a recording whose time is up goes by itself", workflow, kW},
    {"C6.4-c", "recordings lie encrypted in their bucket", security, kDA},
    {"C6.4-d", "signed links go to participants and the company's compliance officer alone", visibility, kD},
    {"C6.4-e", "a doctor who took part may download the recording while it exists", visibility, kD},
    {"C6.4-f", "a doctor may ask the data protection officer to delete a recording", workflow, kW},
    {"C6.4-g", "a request to delete a recording is carried out within 30 days", workflow, kW},
    {"C6.4-h", "a legal hold can put the deletion of a recording off", gate, kD},
    {"C6.4-i", "a doctor whose request meets a hold learns of it and how long it should last", notice, kW},
    {"C6.5-a", "no recording ever happens without consent on the screen", gate, kDA},
    {"C6.5-b", "calls are not transcribed by machine", purpose, kD},
    {"C6.5-c", "what is said in calls trains no AI", purpose, kD},
    {"C6.5-d", "nobody else gets a recording", visibility, kD},
    {"C6.6-a", "virtual visits promote products and treat no patients", fact, kF},
    {"C6.6-b", "the telemedicine guidelines of 2020 are taken not to apply", fact, kF},
    {"C6.6-c", "nobody is advised, diagnosed or prescribed for in a visit", purpose, kDA},
    {"C6.6-d", "only representatives join the representative's side", gate, kD},

    // Rights
    {"C8-a", "people can have a summary of their data and what is done with it", workflow, kW},
    {"C8-b", "people can have wrong or missing data corrected", workflow, kW},
    {"C8-c", "people can have their data erased where no law keeps it", workflow, kDW},
    {"C8-d", "people can complain", workflow, kW},
    {"C8-e", "people can name someone to act for them after death or incapacity", workflow, kW},
    {"C8-f", "requests go to the data protection officer", fact, kF},
    {"C8-g", "every request is answered within 30 days", workflow, kDW},

    // Retention
    {"C9-a", "nothing is kept longer than its purpose needs", retention, kD},
    {"C9-b", "an account's data stays while the account is active", retention, kD},
    {"C9-c", "a closed account's data stays 90 days", retention, kD},
    {"C9-c2", "in those 90 days the person can have an export", workflow, kW},
    {"C9-d", "billing records stay eight years", retention, kD},
    {"C9-e", "audit logs stay three years", retention, kD},
    {"C9-f", "messages and tickets stay two years beyond the last exchange", retention, kD},
    {"C9-g", "consent attestations stay seven years", retention, kD},
    {"C9-h", "recordings stay seven years unless the doctor has them deleted before", retention, kD},
    {"C9-i", "aggregates that identify nobody may stay for ever", retention, kD},

    // Children, transfers, changes, contact
    {"C10-a", "nobody under 18 may have an account", gate, kD},
    {"C10-b", "a child's data is not knowingly taken in", gate, kD},
    {"C10-c", "a child's data is deleted quickly once found", workflow, kW},
    {"C11-a", "data has its home in India, with edges elsewhere to serve it", egress, kDA},
    {"C11-b", "some processors work outside India", fact, kF},
    {"C11-c", "LiveKit routes through the nearest edge, maybe across other countries", egress, kF},
    {"C11-d", "recordings are written directly to R2, and LiveKit retains none", egress, kDA},
    {"C11-e", "R2 may cache abroad but stores durably in one chosen region", egress, kA},
    {"C11-f", "Meta, Google and the AI providers work worldwide", fact, kF},
    {"C11-g", "processors abroad are bound to safeguards as strong as the Act's", egress, kDA},
    {"C11-h", "official lists of allowed or barred countries are followed", egress, kD},
    {"C12-a", "this policy can change", fact, kF},
    {"C12-b", "material changes are announced 15 days before they apply", notice, kDW},
    {"C12-c", "the date of the last revision is shown and right", notice, kD},
    {"C12-d", "going on using the service counts as acceptance, which is never consent", fact, kD},
    {"C13-a", "the data protection officer and support can be reached by e-mail", fact, kF},
    {"C13-b", "someone not satisfied can turn to the Data Protection Board of India", notice, kF},
};

constexpr std::size_t kCount = std::size(kClauses);

// Positions in kClauses, by id.
constexpr auto kById = [] {
  std::array<std::uint8_t, kCount> index{};
  for (std::size_t i = 0; i < kCount; ++i) index[i] = static_cast<std::uint8_t>(i);
  std::sort(index.begin(), index.end(), [](auto a, auto b) { return kClauses[a].id < kClauses[b].id; });
  return index;
}();

}  // namespace

std::span<const Clause> clauses() noexcept { return kClauses; }

const Clause* find_clause(std::string_view id) noexcept {
  const auto found =
      std::lower_bound(kById.begin(), kById.end(), id,
                       [](std::uint8_t i, std::string_view wanted) { return kClauses[i].id < wanted; });
  return found != kById.end() && kClauses[*found].id == id ? &kClauses[*found] : nullptr;
}

std::string_view name(ClauseKind kind) noexcept {
  switch (kind) {
    case gate:
      return "gate";
    case retention:
      return "retention";
    case visibility:
      return "visibility";
    case workflow:
      return "workflow";
    case notice:
      return "notice";
    case security:
      return "security";
    case egress:
      return "egress";
    case purpose:
      return "purpose";
    case fact:
      return "fact";
  }
  return "fact";
}

}  // namespace connex
