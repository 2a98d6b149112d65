#pragma once

#include <optional>
#include <string>

#include "command_line.hpp"

namespace packhouse::app {

/// --data: the folder of an index.
Option add_data(Command command, std::string& data);
/// --data or --url: on the folder of an index, or over HTTP.
void add_data_or_url(Command command, std::string& data, std::optional<std::string>& url);

/// How a command joins the program: it adds itself to `root`.
using Register = void (*)(Command root);

void register_approve(Command root);
void register_audit(Command root);
void register_backup(Command root);  // backup and backup verify
void register_check(Command root);
void register_completion(Command root);
void register_config(Command root);
void register_delete(Command root);
void register_doctor(Command root);
void register_downloads(Command root);
void register_explain(Command root);
void register_export(Command root);
void register_fail_points(Command root);
void register_freeze(Command root);
void register_gc(Command root);
void register_health(Command root);
void register_history(Command root);
void register_import(Command root);
void register_init(Command root);
void register_inspect(Command root);
void register_ledger(Command root);
void register_man(Command root);
void register_mirror(Command root);
void register_mirror_warm(Command mirror);  // below mirror, as the next one
void register_mirror_pin(Command mirror);
void register_name(Command root);
void register_project(Command root);
void register_promote(Command root);
void register_prove(Command root);
void register_prune(Command root);
void register_publisher(Command root);
void register_recall(Command root);
void register_reconcile(Command recover);  // below recover
void register_recover(Command root);
void register_release(Command root);
void register_restore(Command root);
void register_rollback(Command root);
void register_serve(Command root);
void register_session(Command root);
void register_smoke(Command root);
void register_status(Command root);
void register_token(Command root);
void register_unblock(Command root);
void register_upgrade(Command root);
void register_upstream(Command root);
void register_usage(Command root);
void register_user(Command root);
void register_verify(Command root);
void register_webhook(Command root);

}  // namespace packhouse::app
