// Draws media/icon.png, which the Marketplace wants, from media/icon.svg: node scripts/icon.mjs
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { chromium } from 'playwright-core';

import { root, prepareChromium } from './prepare.mjs';

const size = 256;

const svg = await readFile(path.join(root, 'media', 'icon.svg'), 'utf8');
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath: await prepareChromium(), args: ['--disable-gpu', ...args] });
try {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>html, body { margin: 0; background: transparent }</style>${svg}`);
  await page.screenshot({ path: path.join(root, 'media', 'icon.png'), omitBackground: true });
} finally {
  await browser.close();
}
