// A picture from the operator's disk, made small: what is sent is a PNG of this browser's own making.
const SIDE = 128

/** @returns base64 @throws {DOMException} where the browser can't read it */
export async function iconFrom(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file)
  const scale = Math.min(SIDE / picture.width, SIDE / picture.height)
  const [width, height] = [picture.width * scale, picture.height * scale]
  const canvas = document.createElement('canvas')
  canvas.width = SIDE
  canvas.height = SIDE
  const drawing = canvas.getContext('2d')
  if (!drawing) throw new DOMException('this browser has no canvas')
  drawing.drawImage(picture, (SIDE - width) / 2, (SIDE - height) / 2, width, height)
  picture.close()
  return canvas.toDataURL('image/png').split(',')[1] ?? ''
}
