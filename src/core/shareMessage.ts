/** What the page asks the host to take along: only the host reaches the clipboard and the disk. */
export type ShareMessage =
  | { readonly type: 'copyText'; readonly text: string }
  | { readonly type: 'saveText'; readonly name: string; readonly text: string }
  /** `png` is a picture in base64. */
  | { readonly type: 'savePicture'; readonly name: string; readonly png: string };

/** More than any table or picture of the panel has. */
export const maxSharedLength = 32 * 1024 * 1024;
