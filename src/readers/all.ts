import { claudeCodeReader } from './claudeCode.ts';
import { codexReader } from './codex.ts';
import type { ReadBuffer } from './jsonLines.ts';
import type { Reader } from './reader.ts';

/** @param buffer what the logs are read into: one for each thread */
export function allReaders(buffer: ReadBuffer): readonly Reader[] {
  return [claudeCodeReader(buffer), codexReader(buffer)];
}
