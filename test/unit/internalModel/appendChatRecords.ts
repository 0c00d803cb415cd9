// Appends calls, as many as the second argument says, to the lists in the folder that the first one names.
import { noUsage } from '../../../src/core/call.ts';
import { appendChatRecord } from '../../../src/internalModel/chatLog.ts';

const [folder = '', count = '0'] = process.argv.slice(2);
for (let index = 0; index < Number(count); index += 1) {
  await appendChatRecord(folder, {
    version: 1,
    id: `${String(process.pid)}-${String(index)}`,
    at: '2026-11-02T08:30:00.000Z',
    model: 'acme-coder-1',
    format: 'messages',
    latencyMs: 1,
    finish: 'stop',
    // Lines of different lengths, up to many kilobytes.
    tools: Array.from({ length: index % 500 }, (_, tool) => `tool_with_a_long_name_${String(tool)}`),
    usage: { ...noUsage, inputTokens: 1 + index, outputTokens: 1 },
  });
}
