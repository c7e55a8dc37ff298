#include <cerrno>
#include <csignal>
#include <thread>

#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"

namespace mlo {
namespace {

/// Signals are taken by one thread that waits for them, so that no code runs inside a handler.
std::stop_source& watched_signals() {
  static std::stop_source source;
  return source;
}

void watch() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // A terminal that closes ends what runs in it, unless nohup said otherwise.
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int number = 0;
    while (sigwait(&signals, &number) == 0) {
      // The second Ctrl-C of an impatient user ends the process at once. A hangup comes from both
      // the system and the shell, and nobody is impatient.
      if (number != SIGHUP && watched_signals().stop_requested()) ::_exit(128 + number);
      watched_signals().request_stop();
    }
  }).detach();
}

}  // namespace

std::stop_token interrupt_token() {
  static const bool kWatching = (watch(), true);
  static_cast<void>(kWatching);
  return watched_signals().get_token();
}

void throw_if_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorKind::interrupted, "interrupted");
}

}  // namespace mlo
