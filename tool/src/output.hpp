#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tool {

/// The standard output. What goes wrong is kept: whoever writes much looks at `good` now and then.
class output {
public:
  output();
  output(const output&) = delete;
  auto operator=(const output&) -> output& = delete;

  /// Writes `text` and ends the line.
  void line(std::string_view text);

  /// Writes `text` as it is.
  void write(std::string_view text);

  /// Hands all text to the reader.
  void flush();

  /// False once something could not be written; nothing is written any more then.
  auto good() const -> bool { return error_ == 0; }

  /// The `errno` of the failure, 0 when there was none. EPIPE: the reader went away.
  auto error() const -> int { return error_; }

  /// Whether the reader of a pipe went away, which is seen before anything is written.
  auto reader_left() const -> bool;

  auto is_terminal() const -> bool { return terminal_; }

  /// A terminal's columns; 0 when it is none.
  auto width() const -> std::size_t;

  /// `text` in bold where colours are wanted: on a terminal, unless NO_COLOR is set.
  auto bold(std::string_view text) const -> std::string { return dressed(text, "1"); }

  /// `text` in red where colours are wanted.
  auto red(std::string_view text) const -> std::string { return dressed(text, "31"); }

private:
  auto dressed(std::string_view text, std::string_view style) const -> std::string;

  std::string buffer_;
  int error_ = 0;
  bool terminal_ = false;
  bool colours_ = false;
};

/// Whether colours are wanted on the terminal `descriptor`.
auto wants_colours(int descriptor) -> bool;

/// Writes to the standard error output. What cannot be written there is lost: there is nobody to tell.
void write_aside(std::string_view text);

/// Prints `eventcore: TEXT` to the standard error output, in one line.
void complain(std::string_view text);

} // namespace tool
