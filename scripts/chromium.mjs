import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macPaths = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** @returns {string | undefined} the path of a Chromium or Chrome: CHROMIUM_PATH, else the first one on the PATH */
export function findChromium() {
  const asked = process.env.CHROMIUM_PATH;
  if (asked) {
    if (!isExecutable(asked)) throw new Error(`CHROMIUM_PATH is "${asked}", which is not an executable file.`);
    return asked;
  }
  return onPath(names) ?? (process.platform === 'darwin' ? macPaths.find(isExecutable) : undefined);
}

/**
 * @param {string[]} names
 * @returns {string | undefined} the path of the first of these programs that is on the PATH
 */
export function onPath(names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(folder => folder !== '');
  return names.flatMap(name => folders.map(folder => path.join(folder, name))).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not ours to run: both mean "look further"
  }
}
