#include "store/metadata_store.hpp"

namespace packhouse {

Status each_project(MetadataStore& store, std::string_view index,
                    const std::function<Result<bool>(const ProjectSummary&)>& visit) {
  constexpr std::size_t portion = 1000;
  std::string last;
  while (true) {
    TRY(const auto projects, store.projects(index, last, portion));
    for (const ProjectSummary& project : projects) {
      TRY(const bool go_on, visit(project));
      if (!go_on) return success();
    }
    if (projects.size() < portion) return success();
    last = projects.back().name;
  }
}

}  // namespace packhouse
