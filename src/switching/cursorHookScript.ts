/**
 * What Cursor runs at the end of each turn. It reads what Cursor tells of the turn from its standard input, and adds a
 * line to `usage.jsonl` in its own folder: the counts, the model, two ids and the project, nothing else. Whatever
 * happens, it answers `{}` and ends well: a hook of ours never holds Cursor up.
 */
export interface HookScript {
  readonly name: string;
  readonly text: string;
  /** How Cursor's shell runs the script at a path. */
  readonly commandOf: (path: string) => string;
  /** For how many seconds Cursor waits; undefined: as long as it likes. */
  readonly timeoutSeconds: number | undefined;
}

/** On Windows, Cursor hands the command of a hook to PowerShell; elsewhere, to a POSIX shell. */
export function hookScriptFor(platform: NodeJS.Platform): HookScript {
  return platform === 'win32' ? powerShell : posixShell;
}

const posixShell: HookScript = {
  name: 'record-usage.sh',
  // No program but those that POSIX promises: macOS has neither `jq` nor Node.
  text: `#!/bin/sh
# AI Spend Meter: writes down how many tokens a turn of Cursor took. Installed and removed by "More Exact Numbers".
exec 2>/dev/null
umask 077
list=$(dirname "$0")/usage.jsonl
at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
line=$(LC_ALL=C awk -v at="$at" '
  length(text) < 1000000 { text = text $0 "\\n" }
  END {
    counts = " input_tokens output_tokens cache_read_tokens cache_write_tokens "
    texts = " conversation_id generation_id model "
    sub(/^[^{]*/, "", text) # a byte order mark
    while (tokens++ < 500) {
      sub(/^[ \\t\\r\\n]+/, "", text)
      if (match(text, /^"([^"\\\\]|\\\\.)*"/) || match(text, /^[-+.0-9A-Za-z]+/)) size = RLENGTH
      else size = 1
      token = substr(text, 1, size)
      text = substr(text, size + 1)
      if (token == "") exit
      isPlain = length(token) <= 1000 && token !~ /[\\001-\\037]/
      if (token == "{" || token == "[") depth++
      else if (token == "}" || token == "]") { if (--depth == 0) { isWhole = 1; break } }
      else if (depth == 1 && token == ",") { key = ""; isValue = 0 }
      else if (depth == 1 && token == ":") isValue = 1
      else if (depth == 1 && !isValue) key = substr(token, 2, length(token) - 2)
      else if (depth == 1 && index(counts, " " key " ") && token ~ /^[0-9]+$/ && isPlain) {
        line = line ",\\"" key "\\":" token
        isUsage = 1
      }
      else if (depth == 1 && index(texts, " " key " ") && token ~ /^"/ && isPlain) line = line ",\\"" key "\\":" token
      else if (depth == 2 && key == "workspace_roots" && !root && token ~ /^"/ && isPlain) root = token
    }
    if (!isWhole || !isUsage) exit
    if (root) line = line ",\\"workspace_roots\\":[" root "]"
    print "{\\"at\\":\\"" at "\\"" line "}"
  }
')
if [ -n "$line" ]; then
  [ -e "$list" ] || printf '{"at":"%s"}\\n' "$at" >>"$list"
  printf '%s\\n' "$line" >>"$list"
fi
printf '{}\\n'
exit 0
`,
  commandOf: path => `sh '${path.replaceAll("'", `'\\''`)}'`,
  timeoutSeconds: undefined,
};

const powerShell: HookScript = {
  name: 'record-usage.ps1',
  text: `# AI Spend Meter: writes down how many tokens a turn of Cursor took. Installed and removed by "More Exact Numbers".
$ErrorActionPreference = 'Stop'
try {
  # Not [Console]::In, which reads in the console's code page.
  $told = New-Object System.IO.MemoryStream
  [Console]::OpenStandardInput().CopyTo($told)
  $utf8 = New-Object System.Text.UTF8Encoding $false
  $text = $utf8.GetString($told.ToArray())
  # Before it may stand a byte order mark, whole or garbled.
  $turn = ConvertFrom-Json $text.Substring($text.IndexOf('{'))
  $at = [DateTime]::UtcNow.ToString('s') + 'Z'
  $line = [ordered]@{ at = $at }
  foreach ($name in 'conversation_id', 'generation_id', 'model') {
    $value = $turn.$name
    if ($value -is [string] -and $value.Length -le 1000) { $line[$name] = $value }
  }
  $isUsage = $false
  foreach ($name in 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens') {
    $value = $turn.$name
    if (($value -is [int] -or $value -is [long]) -and $value -ge 0) {
      $line[$name] = $value
      $isUsage = $true
    }
  }
  $root = @($turn.workspace_roots)[0]
  if ($root -is [string] -and $root.Length -le 1000) { $line['workspace_roots'] = @($root) }
  if ($isUsage) {
    $list = Join-Path $PSScriptRoot 'usage.jsonl'
    $lines = (ConvertTo-Json $line -Compress) + "\`n"
    if (-not (Test-Path -LiteralPath $list)) { $lines = '{"at":"' + $at + '"}' + "\`n" + $lines }
    $bytes = $utf8.GetBytes($lines)
    $file = New-Object System.IO.FileStream($list, [IO.FileMode]::Append, [IO.FileAccess]::Write, [IO.FileShare]::ReadWrite)
    try { $file.Write($bytes, 0, $bytes.Length) } finally { $file.Dispose() }
  }
} catch {
}
[Console]::Out.Write('{}')
exit 0
`,
  // Without quotes around the first word, which PowerShell would take for a text; cmd.exe understands it too.
  commandOf: path =>
    `powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "${path.replaceAll(/[$`]/g, '`$&')}"`,
  // PowerShell may take seconds to start.
  timeoutSeconds: 30,
};
