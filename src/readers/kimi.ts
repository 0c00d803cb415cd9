import { basename, join } from 'node:path';
import { asText, jsonLines, type ReadBuffer } from './jsonLines.ts';
import { kimiCliFormat } from './kimiCli.ts';
import { isKimiCodeLog, kimiCodeFormat } from './kimiCode.ts';
import { kimiKinds } from './knownKinds.ts';
import type { Reader } from './reader.ts';

const assistant = 'kimi';

/** Kimi Code, and Kimi CLI that came before it. @param buffer what logs are read into: one for each thread */
export function kimiReader(buffer: ReadBuffer): Reader {
  return {
    id: assistant,
    name: 'Kimi',
    knownKinds: kimiKinds,
    coverage: {
      level: 'exact',
      lost: 'Kimi CLI, the predecessor, does not log the model: the configured one is assumed.',
    },
    folders: ({ home, env }) => [
      join(asText(env['KIMI_CODE_HOME']) ?? join(home, '.kimi-code'), 'sessions'),
      join(asText(env['KIMI_SHARE_DIR']) ?? join(home, '.kimi'), 'sessions'),
    ],
    isLog: path => basename(path) === 'wire.jsonl',
    open: log =>
      isKimiCodeLog(log.path)
        ? jsonLines({ log, assistant, format: kimiCodeFormat, buffer })
        : jsonLines({ log, assistant, format: kimiCliFormat, buffer }),
  };
}
