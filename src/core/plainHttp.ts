/** Whether what is sent to an address, taken apart as a `URL`, can be read on the way; loopback has no way. */
export function isPlainHttp({ protocol, hostname }: { readonly protocol: string; readonly hostname: string }): boolean {
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
