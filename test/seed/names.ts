// People of an organisation with offices in many countries: names as they are written there, and as mail addresses have
// them.
import type { Chance } from './chance.ts'

type Culture = {
  /** of a hundred people */
  share: number
  given: readonly Word[]
  family: readonly Word[]
  isFamilyFirst?: boolean
}

const NOT_TAKEN_APART: Readonly<Record<string, string>> = { ł: 'l', ı: 'i', ß: 'ss', '’': '' }

/** 'Anna', or 'Анна/anna' where it is written in another script. */
const CULTURES: readonly Culture[] = [
  {
    share: 22,
    given:
      words(`Anouk Bas Daan Emma Eva Fleur Hanna Jan Jeroen Joris Julia Koen Lotte Maria Mees Noor Pieter Roos Sanne
      Sjoerd Thijs Tim Willem Yara`),
    family: words(`Jansen De_Jong De_Vries Van_den_Berg Bakker Visser Smit Meijer De_Boer Mulder Bos Vos Peters Hendriks
      Dekker Brouwer De_Wit Dijkstra Van_Dijk Jacobs Vermeulen Van_der_Meer Koster Prins`),
  },
  {
    share: 14,
    given: words(`Amelia Benjamin Charlotte Daniel Ethan George Grace Harriet Isla Jack James Jane Leo Lily Maria Noah
      Oliver Olivia Oscar Poppy Samuel Sophie Theo William`),
    family: words(`Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker
      White Roberts Green Hall Wood Jackson Clarke O’Brien Murphy Kelly`),
  },
  {
    share: 10,
    given: words(`Anja Björn Elif Emilia Felix Finn Greta Hannah Jonas Jürgen Käthe Leon Luisa Maria Max Mia Paul Sophie
      Stefan Sören Ursula Uwe Wolfgang Zoë`),
    family: words(`Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter
      Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Groß`),
  },
  {
    share: 8,
    given: words(`Agathe Amélie Antoine Chloé Éloïse François Gaëlle Hélène Hugo Inès Jean Jules Léa Louis Lucas Manon
      Marie Mathis Nathan Océane Pierre Raphaël Thérèse Zoé`),
    family: words(`Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel
      Garcia David Bertrand Roux Vincent Fournier Morel Girard André Mercier`),
  },
  {
    share: 7,
    given: words(`Agnieszka Bartłomiej Elżbieta Grzegorz Jakub Joanna Katarzyna Krzysztof Łukasz Maciej Małgorzata Maria
      Mateusz Paweł Piotr Stanisław Tomasz Zofia`),
    family: words(`Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski
      Kozłowski Jankowski Mazur Kwiatkowski Krawczyk Piotrowski Grabowski`),
  },
  {
    share: 7,
    given: words(`Ayşe Burak Cem Deniz Elif Emre Fatma Gökhan Hüseyin İbrahim Mehmet Merve Mustafa Özge Selin Şebnem
      Yusuf Zeynep`),
    family:
      words(`Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara
      Koç Kurt`),
  },
  {
    share: 7,
    given:
      words(`Анна/anna Борис/boris Дмитро/dmytro Екатерина/ekaterina Иван/ivan Ірина/iryna Ксения/ksenia Леонид/leonid
      Мария/maria Наталья/natalia Олег/oleg Ольга/olga Павел/pavel Сергій/serhii Татьяна/tatiana Юлия/yulia`),
    family:
      words(`Иванов/ivanov Шевченко/shevchenko Петров/petrov Коваленко/kovalenko Соколов/sokolov Бондаренко/bondarenko
      Лебедев/lebedev Ткаченко/tkachenko Новиков/novikov Мельник/melnyk Морозов/morozov Волков/volkov`),
  },
  {
    share: 5,
    given: words(`Αθηνά/athina Γιώργος/giorgos Δημήτρης/dimitris Ελένη/eleni Κώστας/kostas Μαρία/maria Νίκος/nikos
      Σοφία/sofia Χρήστος/christos Ιωάννα/ioanna`),
    family: words(`Παπαδόπουλος/papadopoulos Νικολάου/nikolaou Γεωργίου/georgiou Δημητρίου/dimitriou Ιωάννου/ioannou
      Καραγιάννης/karagiannis Οικονόμου/oikonomou Βλάχος/vlachos`),
  },
  {
    share: 5,
    given: words(`أحمد/ahmad فاطمة/fatima محمد/mohammed ليلى/layla يوسف/yousef مريم/maryam خالد/khaled نور/nour عمر/omar
      سارة/sara`),
    family: words(
      `الحسن/alhassan حداد/haddad منصور/mansour خوري/khoury النجار/alnajjar صالح/saleh عباس/abbas زيدان/zidane`,
    ),
  },
  {
    share: 5,
    given: words(
      `आरव/aarav अनन्या/ananya अर्जुन/arjun दीपिका/deepika कविता/kavita मोहन/mohan प्रिया/priya राहुल/rahul सीता/sita विक्रम/vikram`,
    ),
    family: words(`शर्मा/sharma वर्मा/verma गुप्ता/gupta सिंह/singh कुमार/kumar पटेल/patel मिश्रा/mishra जोशी/joshi`),
  },
  {
    share: 5,
    isFamilyFirst: true,
    given: words(`伟/wei 芳/fang 娜/na 敏/min 静/jing 强/qiang 磊/lei 洋/yang 艳/yan 杰/jie 秀英/xiuying 建国/jianguo`),
    family: words(`王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 赵/zhao 黄/huang 周/zhou 吴/wu 欧阳/ouyang 司马/sima`),
  },
  {
    share: 3,
    isFamilyFirst: true,
    given: words(
      `陽菜/hina 結衣/yui 葵/aoi 蓮/ren 湊/minato 健太/kenta 直子/naoko 花子/hanako 太郎/taro さくら/sakura`,
    ),
    family: words(
      `佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 伊藤/ito 渡辺/watanabe 山本/yamamoto 中村/nakamura`,
    ),
  },
  {
    share: 2,
    isFamilyFirst: true,
    given: words(`민준/minjun 서연/seoyeon 지우/jiwoo 하은/haeun 도윤/doyun 수빈/subin`),
    family: words(`김/kim 이/lee 박/park 최/choi 정/jung 강/kang`),
  },
]

type Word = { shown: string; ascii: string }

const shares = CULTURES.map((culture) => [culture, culture.share] as const)

function words(list: string): Word[] {
  return list.split(/\s+/).map(word)
}

function word(text: string): Word {
  const [shown = '', spelt] = text.replaceAll('_', ' ').split('/')
  if (spelt !== undefined) return { shown, ascii: spelt }
  const plain = shown.toLowerCase().replaceAll(/[łıß’]/g, (letter) => NOT_TAKEN_APART[letter] ?? '')
  return { shown, ascii: plain.normalize('NFD').replaceAll(/[^a-z]/g, '') }
}

/** @returns the name that people see, and its parts as an address may have them */
export function nameBy(chance: Chance): { displayName: string; given: string; family: string } {
  const { given: givenNames, family: families, isFamilyFirst } = chance.weighed(shares)
  const given = chance.of(givenNames)
  const family = chance.of(families)
  const order = isFamilyFirst ? [family, given] : [given, family]
  return { displayName: order.map(({ shown }) => shown).join(' '), given: given.ascii, family: family.ascii }
}
