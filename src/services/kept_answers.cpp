#include "services/kept_answers.hpp"

#include <algorithm>
#include <vector>

#include "evidence/sha256.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {

namespace t = request;
using store::Cell;
using store::Row;

Result<std::optional<std::string>> find_answer(store::ReadTransaction& tx, const Vault& vault,
                                               const RepeatableRequest& request, Instant now) {
  Row row;
  const Cell key[] = {request.actor, request.id};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  if (!found || row.integer(t::expires_at) <= now.micros) return std::optional<std::string>();
  const auto refuse = [](const char* message) { return Error{ErrorCode::invalid_argument, message, "/request_id"}; };
  const std::string_view mark = row.bytes(t::mark);
  if (mark != evidence::text_of(vault.request_mark(request.content)) &&
      mark != evidence::text_of(evidence::sha256(evidence::bytes_of(request.content))))  // of an earlier release
    return refuse("the request id was used for another request");
  if (row.is_null(t::private_to)) return std::optional(std::string(row.bytes(t::response)));
  if (row.is_null(t::sealed_response)) return refuse("the answer to this request was erased");
  return std::optional(std::string(row.bytes(t::sealed_response)));
}

Result<void> keep_answer(store::WriteTransaction& tx, const Vault& vault, const RepeatableRequest& request,
                         std::string_view answer, std::string_view private_to, Instant now, Instant expires_at) {
  // Two for each that comes, so that the table stays as large as it must be between sweeps, too.
  CONNEX_TRY(forgotten, forget_answers(tx, now, 2));
  (void)forgotten;
  const Cell key[] = {request.actor, request.id};
  CONNEX_CHECK(tx.erase(t::kTable, key));  // expired, or find_answer would have found it
  const evidence::Hash mark = vault.request_mark(request.content);
  const bool sealed = !private_to.empty();
  const Cell cells[] = {request.actor,
                        request.id,
                        Cell::blob(evidence::text_of(mark)),
                        sealed ? std::string_view() : answer,
                        expires_at.micros,
                        sealed ? Cell(private_to) : Cell(),
                        sealed ? Cell(answer) : Cell()};
  return tx.insert(t::kTable, cells);
}

Result<std::uint32_t> forget_answers(store::WriteTransaction& tx, Instant now, std::uint32_t limit) {
  if (limit == 0) return 0U;
  std::vector<Row> expired;
  CONNEX_CHECK(tx.scan(t::kTable,
                       {.index = &t::kByExpiry, .below = now.micros + 1, .limit = std::min(limit, store::kMaxScan)},
                       expired));
  for (const Row& row : expired) {
    const Cell key[] = {row[t::actor], row[t::id]};
    CONNEX_CHECK(tx.erase(t::kTable, key));
  }
  return static_cast<std::uint32_t>(expired.size());
}

}  // namespace connex::services
