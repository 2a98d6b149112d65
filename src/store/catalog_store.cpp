#include "store/catalog_store.hpp"

namespace packhouse {

Status each_project(CatalogStore& catalog, std::string_view index,
                    const std::function<Result<bool>(const ProjectSummary&)>& visit) {
  constexpr std::size_t portion = 1000;
  std::string last;
  while (true) {
    TRY(const auto projects, catalog.projects(index, last, portion));
    for (const ProjectSummary& project : projects) {
      TRY(const bool go_on, visit(project));
      if (!go_on) return success();
    }
    if (projects.size() < portion) return success();
    last = projects.back().name;
  }
}

}  // namespace packhouse
