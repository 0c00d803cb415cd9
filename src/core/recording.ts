/**
 * What an assistant records only when it is asked to, or keeps only for a while: each can be turned on, and off again.
 */
export const recordingIds = ['copilotTraces', 'cursorTurns', 'claudeTranscripts', 'geminiChats'] as const;
export type RecordingId = (typeof recordingIds)[number];

/** What can be offered of a recording, for an assistant that is there. */
export interface RecordingOffer {
  readonly id: RecordingId;
  readonly assistant: string;
  /** What is recorded then, in a few words. */
  readonly label: string;
  /** What is better then. */
  readonly gain: string;
  readonly isOn: boolean;
}
