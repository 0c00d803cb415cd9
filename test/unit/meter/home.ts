import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A home folder with invented logs, in a temporary folder. */
export class TemporaryHome {
  readonly path = mkdtempSync(join(tmpdir(), 'meter-home-'));

  claudeLog(session: string, project = '-home-dev-shop'): string {
    return join(this.path, '.claude', 'projects', project, `${session}.jsonl`);
  }

  append(log: string, ...lines: string[]): void {
    mkdirSync(dirname(log), { recursive: true });
    appendFileSync(log, lines.map(line => `${line}\n`).join(''));
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface InventedAnswer {
  readonly id: string;
  readonly session?: string;
  readonly at?: string;
  readonly model?: string;
  readonly input?: number;
  readonly output?: number;
}

/** A line as Claude Code writes it for an answer. */
export function claudeAnswer({
  id,
  session = 's1',
  at = new Date().toISOString(),
  model = 'claude-opus-5',
  input = 1000,
  output = 100,
}: InventedAnswer): string {
  return JSON.stringify({
    parentUuid: null,
    isSidechain: false,
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text: 'ok' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: input,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: output,
        service_tier: 'standard',
      },
    },
    requestId: `req_${id}`,
    type: 'assistant',
    uuid: `u-${id}`,
    timestamp: at,
    userType: 'external',
    entrypoint: 'cli',
    cwd: '/home/dev/shop',
    sessionId: session,
    version: '2.1.330',
    gitBranch: 'main',
  });
}
