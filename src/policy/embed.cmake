# Writes OUTPUT, a source file that holds the JSON files of SOURCE as string literals.
file(READ ${SOURCE}/default_pack.json default_pack)
file(READ ${SOURCE}/pack.schema.json pack_schema)
file(WRITE ${OUTPUT} "#include \"policy/pack.hpp\"

namespace connex::policy {

std::string_view default_pack_json() noexcept { return R\"json(${default_pack})json\"; }
std::string_view pack_schema_json() noexcept { return R\"json(${pack_schema})json\"; }

}  // namespace connex::policy
")
