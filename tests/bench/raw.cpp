// The raw limits that benchmarks hold mlo against, without anything around them.
//
//   bench_raw append FOLDER OUT   read each file, SHA-256, append to one file, one fdatasync
//   bench_raw read FOLDER         read every byte of every file, sequentially
//   bench_raw answer TEXT         an HTTP server that reads each request and answers with TEXT at
//   once
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "mlo/core/digest.h"
#include "mlo/core/file.h"

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBufferBytes = 1U << 20U;

template <typename Take>
void each_file(const fs::path& folder, Take&& take) {
  std::vector<std::byte> buffer(kBufferBytes);
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (!item.is_regular_file()) continue;
    auto file = mlo::File::open(item.path(), O_RDONLY);
    while (const auto count = file.read(buffer)) take(mlo::BytesView(buffer).first(count));
  }
}

/// One connection: whatever comes is answered with the same words.
void answer_all(mlo::File connection, const std::string& text) {
  const auto response = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                        std::to_string(text.size()) + "\r\n\r\n" + text;
  std::string request;
  std::vector<std::byte> buffer(1U << 16U);
  while (const auto count = connection.read(buffer)) {
    request.append(mlo::text_of(mlo::BytesView(buffer).first(count)));
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const auto length = request.find("Content-Length: ");
    const std::size_t body = length < end ? std::stoul(request.substr(length + 16)) : 0;
    if (request.size() < end + 4 + body) continue;
    connection.write_all(mlo::bytes_of(response));
    request.clear();
  }
}

int answer(const std::string& text) {
  const mlo::File listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof place;
  auto* const address = reinterpret_cast<sockaddr*>(&place);
  if (::bind(listener.descriptor(), address, size) != 0 ||
      ::listen(listener.descriptor(), 16) != 0 ||
      ::getsockname(listener.descriptor(), address, &size) != 0)
    return 1;
  std::printf("%d\n", ntohs(place.sin_port));
  std::fflush(stdout);
  while (true) {
    mlo::File connection(::accept(listener.descriptor(), nullptr, nullptr));
    const int now = 1;
    ::setsockopt(connection.descriptor(), IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    std::thread(
        [&text](mlo::File taken) {
          try {
            answer_all(std::move(taken), text);
          } catch (const std::exception&) {
            return;  // the client left
          }
        },
        std::move(connection))
        .detach();
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 3 && words[0] == "append") {
    auto out = mlo::File::open(words[2], O_WRONLY | O_CREAT | O_TRUNC);
    each_file(words[1], [&](mlo::BytesView content) {
      static_cast<void>(mlo::Digest::of(content));
      out.write_all(content);
    });
    out.sync_data();
    return 0;
  }
  if (words.size() == 2 && words[0] == "read") {
    std::uint64_t total = 0;
    each_file(words[1], [&](mlo::BytesView content) { total += content.size(); });
    std::printf("%llu\n", static_cast<unsigned long long>(total));
    return 0;
  }
  if (words.size() == 2 && words[0] == "answer") return answer(words[1]);
  std::fputs("bench_raw append FOLDER OUT | read FOLDER | answer TEXT\n", stderr);
  return 2;
}
