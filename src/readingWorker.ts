import { workerData } from 'node:worker_threads';
import { runSecondReader } from './meter/secondReader.ts';
import { allReaders } from './readers/all.ts';
import { ReadBuffer } from './readers/jsonLines.ts';

runSecondReader(workerData, allReaders(new ReadBuffer()));
