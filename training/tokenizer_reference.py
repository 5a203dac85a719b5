"""Writes `tests/compliance/tokenizer_reference.json`: what the `tokenizers` package makes of sample lines.

The product's own tokenizer is tested against it.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from compliance.engine.models.text_input import plain

LINES = (
    "Hi Dana! Your parcel left Memphis last night, tracking 9400 1000 0000.",
    "ok",
    "¿Me puede decir si la talla M le queda bien a alguien de 1,75?",
    "Guten Tag, die Lieferung dauert 3 bis 5 Werktage – danke für Ihre Geduld.",
    "Здравствуйте, когда отправите мой заказ?",
    "您好，这款鞋子还有42码吗？谢谢",
    "こんにちは、返品はできますか？",
    "안녕하세요, 배송은 언제 되나요?",
    "مرحبا، هل اللون الأزرق متوفر؟",
    "สวัสดีค่ะ สินค้าพร้อมส่งไหมคะ",
    "नमस्ते, क्या यह उपलब्ध है?",
    "Xin chào, sản phẩm này còn hàng không ạ?",
    "The total is $1,340.50 (incl. 8% tax) #A-1029/B 😀👍🏽",
    "supercalifragilisticexpialidocious",
    "ｆｕｌｌ　ｗｉｄｔｈ and ①②③",
    "ᚠᚢᚦ runes 𓀀 hieroglyphs",
    "a" * 30 + " line\nbreak\ttab",
)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--vocabulary", type=Path, required=True)
    options.add_argument("--out", type=Path, required=True)
    arguments = options.parse_args()
    with np.load(arguments.vocabulary) as stored:
        pieces = stored["pieces"].tobytes().decode().split("\n")
        scores = stored["scores"].tolist()
    reference = Tokenizer(
        models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=3, byte_fallback=False)
    )
    reference.normalizer = normalizers.NFKC()
    reference.pre_tokenizer = pre_tokenizers.Metaspace()
    reference.decoder = decoders.Metaspace()
    rows = [{"text": line, "numbers": reference.encode(plain(line)).ids} for line in LINES]
    arguments.out.write_text(
        "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"
    )


if __name__ == "__main__":
    main()
