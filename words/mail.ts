export { mail as mailWords } from './en/mail.ts'
