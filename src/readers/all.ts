import { aiderReader } from './aider.ts';
import { ampReader } from './amp.ts';
import { claudeCodeReader } from './claudeCode.ts';
import { clineReader } from './cline.ts';
import { codexReader } from './codex.ts';
import { continueReader } from './continueDev.ts';
import { copilotChatReader } from './copilotChat.ts';
import { copilotCliReader } from './copilotCli.ts';
import { crushReader } from './crush.ts';
import { cursorReader } from './cursor.ts';
import { droidReader } from './droid.ts';
import { geminiCliReader } from './geminiCli.ts';
import { gooseReader } from './goose.ts';
import { internalChatReader } from './internalChat.ts';
import type { ReadBuffer } from './jsonLines.ts';
import { kiloCodeReader } from './kiloCode.ts';
import { kimiReader } from './kimi.ts';
import { opencodeReader } from './opencode.ts';
import { qwenCodeReader } from './qwenCode.ts';
import type { Reader } from './reader.ts';
import { rooCodeReader } from './rooCode.ts';
import { zedReader } from './zed.ts';

/**
 * Every assistant that is read, those first that most engineers use inside an editor.
 * @param buffer what the logs are read into: one for each thread
 */
export function allReaders(buffer: ReadBuffer): readonly Reader[] {
  return [
    claudeCodeReader(buffer),
    codexReader(buffer),
    copilotChatReader(buffer),
    copilotCliReader(buffer),
    clineReader(),
    rooCodeReader(),
    kiloCodeReader(),
    continueReader(buffer),
    cursorReader(buffer),
    geminiCliReader(buffer),
    opencodeReader(),
    qwenCodeReader(buffer),
    aiderReader(buffer),
    gooseReader(),
    ampReader(),
    kimiReader(buffer),
    droidReader(),
    crushReader(),
    zedReader(),
    internalChatReader(buffer),
  ];
}
