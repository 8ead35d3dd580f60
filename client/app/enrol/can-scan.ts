// The browser's own reader of QR codes, where it has one that works.

export type Detector = { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }
type Scope = { BarcodeDetector?: DetectorClass; navigator?: { mediaDevices?: unknown } }

export async function canScan(scope: object): Promise<boolean> {
  const { BarcodeDetector, navigator } = scope as Scope
  if (!BarcodeDetector || !navigator?.mediaDevices) return false
  return (await BarcodeDetector.getSupportedFormats()).includes('qr_code')
}

/** Only after `canScan`. */
export function makeDetector(scope: object): Detector {
  const { BarcodeDetector } = scope as Scope
  if (!BarcodeDetector) throw new TypeError('this browser has no BarcodeDetector')
  return new BarcodeDetector({ formats: ['qr_code'] })
}
