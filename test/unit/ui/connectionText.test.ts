import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { noUsage } from '../../../src/core/call.ts';
import type { ConnectionReport, FormatAnswer, FormatFailure } from '../../../src/internalModel/connection.ts';
import type { InternalModel } from '../../../src/internalModel/settings.ts';
import { connectionMarkdown, connectionSummary, connectionWarnings } from '../../../src/ui/connectionText.ts';
import { language } from '../language.ts';

const endpoint = 'http://models.acme.example';
const model: InternalModel = {
  displayName: 'Acme *Coder*',
  baseUrl: endpoint,
  formats: ['messages', 'chatCompletions'],
  endpoints: { messages: endpoint, chatCompletions: endpoint },
  model: 'acme-coder-1',
  price: { kind: 'tokens', usdPerMillion: { input: 1, output: 2 } },
  toolCalling: true,
};
const answered: FormatAnswer = {
  state: 'answered',
  format: 'messages',
  endpoint,
  firstMs: 80,
  latencyMs: 120,
  answeredModel: 'acme-coder-1',
  counted: { usage: noUsage, buckets: ['inputTokens', 'outputTokens', 'cacheReadTokens'] },
  hasToolCall: true,
  problems: [],
};
const failed: FormatFailure = {
  state: 'failed',
  format: 'chatCompletions',
  endpoint,
  problem: { kind: 'internalModelRefused', host: 'models.acme.example', status: 404, reason: 'no such path' },
};

function report(...formats: ConnectionReport['formats']): ConnectionReport {
  return { formats, isUsable: false };
}

suite('the words about a test of the connection', () => {
  test('say in one sentence how it went', () => {
    assert.equal(connectionSummary(report(answered), model, language), 'Acme *Coder* answered within 120 ms.');
    assert.equal(connectionSummary(report(failed), model, language), 'Acme *Coder* did not answer.');
    assert.equal(
      connectionSummary(report(answered, failed), model, language),
      'Acme *Coder* answered in 1 of 2 formats.',
    );
  });

  test('say what is true of all formats once, and of some with their names', () => {
    const plain: FormatAnswer = { ...answered, problems: ['plainHttp', 'noToolCall'] };
    const other: FormatAnswer = {
      ...answered,
      format: 'chatCompletions',
      answeredModel: 'other',
      problems: ['plainHttp', 'otherModel'],
    };
    assert.deepEqual(connectionWarnings(report(plain, other), model, language), [
      'The key goes over the network unencrypted.',
      'Anthropic Messages: Acme *Coder* did not use a tool when asked to: an assistant may not be able to work with it.',
      'OpenAI Chat Completions: other answered instead of acme-coder-1: a switch cannot be verified, nor priced.',
    ]);
    assert.deepEqual(connectionWarnings(report(answered), model, language), []);
  });

  test('say why a format failed', () => {
    const [warning = ''] = connectionWarnings(report(answered, failed), model, language);
    assert.match(warning, /^OpenAI Chat Completions: .*models\.acme\.example.*404.*It says: “no such path”\./);
  });

  test('have a table with all that was seen', () => {
    const text = connectionMarkdown(report(answered, failed), model, language);
    for (const line of [
      '# Test of Acme \\*Coder\\*',
      '| Anthropic Messages | `http://models.acme.example` | 120 ms, the first word after 80 ms | `acme-coder-1` | used | input, output, read from the cache |',
      '| OpenAI Chat Completions | `http://models.acme.example` | none | – | – | – |',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n\n${text}`);
    }
    assert.doesNotMatch(text, /undefined|\{\d/);
  });

  test('say where there is nothing to say', () => {
    const text = connectionMarkdown(report(answered), { ...model, toolCalling: false }, language);
    assert.match(text, /Nothing speaks against working with it\./);
  });
});
