# Writes the golden tokenizer as GGUF with the gguf package: python3 tokenizer.py fixtures/tokenizer/tokenizer.json tokenizer.gguf; gzip -9n tokenizer.gguf
import sys, types, json
t = types.ModuleType('sentencepiece'); t.SentencePieceProcessor = None; sys.modules['sentencepiece'] = t
import gguf
j=json.load(open(sys.argv[1]))
w=gguf.GGUFWriter(sys.argv[2],'llama')
toks=[None]*(len(j['model']['vocab'])+len([a for a in j['added_tokens'] if a['content'] not in j['model']['vocab']])); kind=[1]*len(toks)
for k,v in j['model']['vocab'].items(): toks[v]=k
for a in j['added_tokens']: toks[a['id']]=a['content']; kind[a['id']]=3 if a['special'] else 4
m=[x if isinstance(x,str) else ' '.join(x) for x in j['model']['merges']]
w.add_tokenizer_model('gpt2'); w.add_tokenizer_pre('llama-bpe'); w.add_token_list(toks); w.add_token_types(kind); w.add_token_merges(m)
ids={a['content']:a['id'] for a in j['added_tokens']}
w.add_bos_token_id(ids['<|begin_of_text|>']); w.add_eos_token_id(ids['<|eot_id|>']); w.add_chat_template('{{ messages }}')
w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(progress=False); w.close()
