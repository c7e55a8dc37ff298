# Run by mlo_embed: writes <FOLDER>/<NAME>.h and .cpp with the text of FILES ('|' between them).
string(REPLACE "|" ";" FILES "${FILES}")
set(rows "")
foreach(file IN LISTS FILES)
  file(READ ${file} text)
  get_filename_component(base ${file} NAME)
  # Compilers take 64 KiB a literal at least; ours stay below.
  string(APPEND rows "    {\"${base}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE ${FOLDER}/${NAME}.h "#pragma once
#include <cstddef>
#include <string_view>
namespace ${NAMESPACE} {
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};
// NOLINTBEGIN(modernize-avoid-c-arrays,readability-identifier-naming): its length is elsewhere; called as the folder is
extern const EmbeddedFile ${NAME}[];
extern const std::size_t ${NAME}_count;
// NOLINTEND(modernize-avoid-c-arrays,readability-identifier-naming)
}  // namespace ${NAMESPACE}
")
file(WRITE ${FOLDER}/${NAME}.cpp "#include \"${NAME}.h\"
namespace ${NAMESPACE} {
const EmbeddedFile ${NAME}[] = {
${rows}};
const std::size_t ${NAME}_count = sizeof ${NAME} / sizeof ${NAME}[0];
}  // namespace ${NAMESPACE}
")
