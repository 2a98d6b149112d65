#include "store/sql/webhooks.hpp"

#include "store/sql/rows.hpp"
#include "store/sql/text_rules.hpp"

namespace packhouse::sql {
namespace {

/// name, sequence, delivered, given_up, failures, failing_since, next_try, last_error
using WebhookRow = std::tuple<Text, Number, Number, Number, Number, OptionalNumber, OptionalNumber, Text>;

struct ListWebhooks {
  using Arguments = std::tuple<>;
  using Row = WebhookRow;
  static constexpr const char* sql =
      "SELECT name, sequence, delivered, given_up, failures, failing_since, next_try, last_error "
      "FROM webhooks ORDER BY name";
};

struct FindWebhook {
  using Arguments = std::tuple<Text>;
  using Row = WebhookRow;
  static constexpr const char* sql =
      "SELECT name, sequence, delivered, given_up, failures, failing_since, next_try, last_error "
      "FROM webhooks WHERE name = :name";
};

struct PutWebhook {
  using Arguments = WebhookRow;
  using Row = std::tuple<>;
  static constexpr const char* sql =
      "INSERT INTO webhooks (name, sequence, delivered, given_up, failures, failing_since, next_try, "
      "last_error) VALUES (:name, :sequence, :delivered, :given_up, :failures, :failing_since, :next_try, "
      ":last_error) ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence, "
      "delivered = excluded.delivered, given_up = excluded.given_up, failures = excluded.failures, "
      "failing_since = excluded.failing_since, next_try = excluded.next_try, "
      "last_error = excluded.last_error";
};

WebhookState to_state(const WebhookRow& row) {
  const auto& [name, sequence, delivered, given_up, failures, failing_since, next_try, last_error] = row;
  return {.name = name,
          .sequence = sequence,
          .delivered = static_cast<std::uint64_t>(delivered),
          .given_up = static_cast<std::uint64_t>(given_up),
          .failures = static_cast<std::uint64_t>(failures),
          .failing_since = to_optional_time(failing_since),
          .next_try = to_optional_time(next_try),
          .last_error = last_error};
}

class SqlWebhooks final : public WebhookStore {
 public:
  explicit SqlWebhooks(Transactions& transactions) : transactions_(transactions) {}

  Result<std::vector<WebhookState>> list() override {
    return transactions_.read([](Connection& connection) -> Result<std::vector<WebhookState>> {
      std::vector<WebhookState> all;
      connection.each<ListWebhooks>({}, [&](const WebhookRow& row) { all.push_back(to_state(row)); });
      return all;
    });
  }

  Result<std::optional<WebhookState>> find(std::string_view name) override {
    return transactions_.read([&](Connection& connection) -> Result<std::optional<WebhookState>> {
      const auto row = connection.one<FindWebhook>({Text{name}});
      if (!row) return std::optional<WebhookState>{};
      return std::optional{to_state(*row)};
    });
  }

  Status put(const WebhookState& state) override {
    CHECK_OK(check_text("name", state.name));
    CHECK_OK(check_text("last_error", state.last_error));
    return transactions_.write([&](Connection& connection) -> Status {
      connection.run<PutWebhook>({state.name, state.sequence, static_cast<Number>(state.delivered),
                                  static_cast<Number>(state.given_up), static_cast<Number>(state.failures),
                                  to_number(state.failing_since), to_number(state.next_try),
                                  state.last_error});
      return success();
    });
  }

 private:
  Transactions& transactions_;
};

}  // namespace

std::unique_ptr<WebhookStore> make_webhook_store(Transactions& transactions) {
  return std::make_unique<SqlWebhooks>(transactions);
}

}  // namespace packhouse::sql
