import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { chatRecordsFolder, type ChatRecord } from '../core/chatRecord.ts';

/**
 * Appends a call to the list of its month, which only its user may read.
 * @param dataFolder the folder of everything that the extension keeps for this user
 * @throws whatever keeps the list from being written
 */
export async function appendChatRecord(dataFolder: string, record: ChatRecord): Promise<void> {
  const folder = join(dataFolder, chatRecordsFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(join(folder, `${record.at.slice(0, 'yyyy-mm'.length)}.jsonl`), 'a', 0o600);
  try {
    // Several windows append at a time: what one write has is not torn apart, what two have may be.
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    const { bytesWritten } = await file.write(line);
    if (bytesWritten < line.length) throw new Error('The disk is full.');
  } finally {
    await file.close();
  }
}
