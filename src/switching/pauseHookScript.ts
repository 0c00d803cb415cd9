/**
 * What Claude Code runs before a prompt (`prompt`) and before each use of a tool (`tool`). It takes nothing from its
 * standard input, where the prompt is: the environment tells session, project and address. All else it needs is in the
 * files beside it. It is a shell script because nothing but a shell is sure to be there: Claude Code has no Node beside
 * it, and the editor's own moves with each update.
 *
 * It fails open: whatever is missing, out of date, from another time or not understood, it says nothing, and Claude Code
 * goes on. A prompt is held before anything is sent. A running turn is ended before its next request, after the tools
 * that were asked for have run: their results are in the conversation, and a subagent hands back what it has.
 */
export const pauseHookScript = `#!/bin/sh
# AI Spend Meter: lets budgets pause Claude Code. Installed and removed by "Let Budgets Pause Claude Code".
exec 2>/dev/null
[ "$CLAUDECODE" = 1 ] || exit 0
umask 077
folder=\${0%/*}
project=\${CLAUDE_PROJECT_DIR:-$PWD}
session=$CLAUDE_CODE_SESSION_ID
case $session in *[!0-9A-Za-z_-]*) session= ;; esac
granted=$folder/granted-$session
asked=$folder/asked-$session

if [ "$1" = prompt ]; then
  # What was let through ends with the next prompt.
  [ -n "$session" ] && [ -e "$granted" ] && rm -f "$granted"
elif [ -z "$session" ] || [ -e "$granted" ]; then
  exit 0
fi

now=$(date +%s) || exit 0
action=
for state in "$folder"/*.state; do
  isHead=
  isValid=
  isRunning=
  while IFS='\t' read -r kind a b c d e; do
    case $isHead$isValid$kind in
      ai-spend-meter-pause) [ "$a" = 1 ] && isHead=1 || break ;;
      1valid) [ "$a" -le "$((now + 5))" ] && [ "$now" -le "$b" ] && isValid=1 || break ;;
      11free) [ "\${ANTHROPIC_BASE_URL%/}" = "$a" ] && exit 0 ;;
      11running) [ "$a" = "$session" ] && isRunning=1 ;;
      11hold)
        [ "$b" = '*' ] || [ "$b" = "$session" ] || continue
        case $c in
          '*') ;;
          at) [ "$project" = "$d" ] || continue ;;
          in) case $project/ in "$d"/*) ;; *) continue ;; esac ;;
          *) continue ;;
        esac
        case $e in '"'*'"') ;; *) continue ;; esac
        if [ "$a" = pause ]; then
          action=pause
          message=$e
          break 2
        elif [ "$a$action" = ask ] && [ "$1" = prompt ] && [ -n "$session" ] && [ ! -e "$asked" ]; then
          [ -n "$isRunning" ] || { action=ask message=$e; }
        fi
        ;;
    esac
  done <"$state"
done
[ -n "$action" ] || exit 0

if [ "$1" != prompt ]; then
  printf '{"continue":false,"stopReason":%s}\\n' "$message"
  exit 0
fi
# Who is not remembered as asked would be asked for ever.
[ "$action" = pause ] || { : >"$asked" && [ -e "$asked" ]; } || exit 0
# Of several prompts at once, one gets it.
[ -e "$folder/continue-once" ] && mv "$folder/continue-once" "$granted" && exit 0
printf '{"decision":"block","reason":%s}\\n' "$message"
exit 0
`;
