import { outcome } from '../core/call.ts';
import type { Line } from './jsonLines.ts';

/** Enough for the ids of the record, and for what Codex itself puts before the output. */
const headBytes = 512;
/** Enough for what older versions put behind it. */
const tailBytes = 200;

const outputField = ',"output":';

/**
 * How the tool did whose output a line is, as `outcome` flags: by what Codex itself puts around the output (as of 0.20
 * to 0.169.0), never by the output.
 */
export function outcomeOfOutput({ bytes, start, end }: Line): number {
  const head = bytes.toString('latin1', start, Math.min(end, start + headBytes));
  const at = head.indexOf(outputField);
  if (at < 0 || isPlainSuccess(head, at + outputField.length)) return 0;
  const output = head.slice(at + outputField.length);
  if (output.startsWith('"{\\"output\\":')) {
    return codeFlags(metadata.exec(bytes.toString('latin1', Math.max(start, end - tailBytes), end)));
  }
  const prefix = marks.find(([mark]) => output.startsWith(mark));
  return prefix ? prefix[1] : codeFlags(exitCode.exec(output));
}

/** Whether it is what comes most often, and was fine: or what has no code yet, and may have one in its output. */
function isPlainSuccess(head: string, at: number): boolean {
  if (!head.startsWith(chunk, at)) return false;
  const code = head.indexOf(exited, at + chunk.length);
  return code < 0 || head.charCodeAt(code + exited.length) === 0x30;
}

const chunk = '"Chunk ID: ';
const exited = 'exited with code ';

/** Behind the output, in JSON within JSON. */
const metadata = /\\"metadata\\":\{\\"exit_code\\":(-?\d+)/;

/** Before the output of a command; or in what a script got back from a command and hands on as it is. */
const exitCode =
  /^(?:"(?:Chunk ID: \w*\\n)?(?:Wall time: [\d.]+ seconds\\n)?Process exited with code |"Exit code: |\[\{.*?"text":"\{\\"chunk_id\\":\\"\w*\\",\\"wall_time_seconds\\":[\d.eE-]+,\\"exit_code\\":)(-?\d+)/;

const marks: readonly (readonly [mark: string, flags: number])[] = [
  ['"exec command rejected by user', outcome.rejected],
  ['"patch rejected', outcome.rejected],
  ['"aborted by user', outcome.interrupted],
  ['"apply_patch verification failed', outcome.toolFailed],
  ['[{"type":"input_text","text":"Script failed', outcome.toolFailed],
  ['[{"type":"input_text","text":"Script error', outcome.toolFailed],
  ['[{"type":"input_text","text":"aborted by user', outcome.interrupted],
];

function codeFlags(found: RegExpExecArray | null): number {
  return found && Number(found[1]) !== 0 ? outcome.toolFailed : 0;
}

/** Whether the record of a turn's end may say that it failed: most say the last words of the model. */
export function mayHaveFailed({ bytes, start, end }: Line): boolean {
  return bytes.toString('latin1', start, Math.min(end, start + headBytes)).includes('"error":{');
}
