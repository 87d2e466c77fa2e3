<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>AddPanel</name>
        <message>
            <source>Add a rented machine</source>
            <translation>添加租用的机器</translation>
        </message>
        <message>
            <source>Paste here</source>
            <translation>粘贴到这里</translation>
        </message>
        <message>
            <source>Paste what your provider shows, with its password if there is one, for example {example}</source>
            <translation>粘贴服务商显示的内容，有密码就一起粘贴，例如 {example}</translation>
        </message>
        <message>
            <source>The SSH command of your provider</source>
            <translation>服务商提供的 SSH 命令</translation>
        </message>
    </context>
    <context>
        <name>AddressForm</name>
        <message>
            <source>A jump host, rarely needed</source>
            <translation>跳板机，很少需要</translation>
        </message>
        <message>
            <source>A place on the machine: it begins with / or ~</source>
            <translation>机器上的路径：以 / 或 ~ 开头</translation>
        </message>
        <message>
            <source>A user's name holds no blanks.</source>
            <translation>用户名里不能有空格。</translation>
        </message>
        <message>
            <source>Add and connect</source>
            <translation>添加并连接</translation>
        </message>
        <message>
            <source>Address</source>
            <translation>地址</translation>
        </message>
        <message>
            <source>As the provider's profile says</source>
            <translation>按服务商资料</translation>
        </message>
        <message>
            <source>As you like to call it</source>
            <translation>随您怎么称呼</translation>
        </message>
        <message>
            <source>Automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <source>Cache folder</source>
            <translation>缓存文件夹</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Choose …</source>
            <translation>选择…</translation>
        </message>
        <message>
            <source>Connection by</source>
            <translation>连接方式</translation>
        </message>
        <message>
            <source>Currency</source>
            <translation>货币</translation>
        </message>
        <message>
            <source>Details</source>
            <translation>详细设置</translation>
        </message>
        <message>
            <source>Detected</source>
            <translation>自动识别</translation>
        </message>
        <message>
            <source>Empty fields follow your own SSH settings. A password is kept in this computer's keyring, or only until LoRA Ferry is closed.</source>
            <translation>留空的项按您自己的 SSH 设置。密码保存在本机的钥匙串里；没有钥匙串时，只保留到 LoRA Ferry 关闭为止。</translation>
        </message>
        <message>
            <source>Key file</source>
            <translation>密钥文件</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <source>Not known</source>
            <translation>未知</translation>
        </message>
        <message>
            <source>Only where the machine takes no key</source>
            <translation>仅当机器不接受密钥时需要</translation>
        </message>
        <message>
            <source>OpenSSH of this computer</source>
            <translation>本机的 OpenSSH</translation>
        </message>
        <message>
            <source>Password</source>
            <translation>密码</translation>
        </message>
        <message>
            <source>Port</source>
            <translation>端口</translation>
        </message>
        <message>
            <source>Price an hour</source>
            <translation>每小时价格</translation>
        </message>
        <message>
            <source>Provider</source>
            <translation>服务商</translation>
        </message>
        <message>
            <source>Python</source>
            <translation>Python</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>保存</translation>
        </message>
        <message>
            <source>The built-in SSH</source>
            <translation>内置 SSH</translation>
        </message>
        <message>
            <source>There is no such file on this computer. Choose your key, or leave this empty.</source>
            <translation>这台电脑上没有这个文件。请选择您的密钥，或留空。</translation>
        </message>
        <message>
            <source>This is the public half. Choose the file of the same name without .pub.</source>
            <translation>这是公钥。请选择同名但不带 .pub 的文件。</translation>
        </message>
        <message>
            <source>Through</source>
            <translation>经由</translation>
        </message>
        <message>
            <source>Unchanged</source>
            <translation>不变</translation>
        </message>
        <message>
            <source>User</source>
            <translation>用户</translation>
        </message>
        <message>
            <source>Usual</source>
            <translation>默认</translation>
        </message>
        <message>
            <source>Work folder</source>
            <translation>工作文件夹</translation>
        </message>
        <message>
            <source>Your usual keys, or a password that is asked for</source>
            <translation>您的默认密钥，或在连接时询问密码</translation>
        </message>
    </context>
    <context>
        <name>AlikeList</name>
        <message>
            <source>Alike: {count} groups</source>
            <translation>相似：{count} 组</translation>
        </message>
        <message>
            <source>How alike</source>
            <translation>相似程度</translation>
        </message>
        <message>
            <source>Keep the best of each</source>
            <translation>每组保留最好的</translation>
        </message>
        <message>
            <source>Mirrored ones, too</source>
            <translation>也包括镜像的</translation>
        </message>
        <message>
            <source>The first {count} groups are listed.</source>
            <translation>列出前 {count} 组。</translation>
        </message>
        <message>
            <source>To the left only the very same, to the right also what differs a little.</source>
            <translation>向左只包括完全相同的，向右也包括略有不同的。</translation>
        </message>
        <message>
            <source>Very many pictures are alike: only those that differ less are grouped.</source>
            <translation>相似的图片非常多：只将差别更小的分为一组。</translation>
        </message>
    </context>
    <context>
        <name>AllSettings</name>
        <message>
            <source>All settings</source>
            <translation>所有设置</translation>
        </message>
        <message>
            <source>Change them in Expert</source>
            <translation>在“专家”中更改它们</translation>
        </message>
        <message>
            <source>This is everything that decides what the training does.</source>
            <translation>这是决定训练做什么的全部内容。</translation>
        </message>
    </context>
    <context>
        <name>AutocropReview</name>
        <message>
            <source>Automatic crops</source>
            <translation>自动裁剪</translation>
        </message>
        <message>
            <source>Back to the pictures (Esc)</source>
            <translation>返回图片（Esc）</translation>
        </message>
        <message>
            <source>Back to what was proposed</source>
            <translation>恢复到建议的裁剪</translation>
        </message>
        <message>
            <source>Faces are looked for in each picture, and what stands out where there is none. Nothing is changed until you take the crops over, and one step back undoes them all.</source>
            <translation>在每张图片中寻找人脸，没有人脸时寻找显眼的部分。在您采用裁剪之前不会有任何改动，一次撤销即可全部还原。</translation>
        </message>
        <message>
            <source>Find crops: {count}</source>
            <translation>寻找裁剪：{count}</translation>
        </message>
        <message>
            <source>Head and shoulders</source>
            <translation>头肩</translation>
        </message>
        <message>
            <source>Keep all faces</source>
            <translation>保留所有人脸</translation>
        </message>
        <message>
            <source>Picture with its crop</source>
            <translation>图片及其裁剪</translation>
        </message>
        <message>
            <source>Proposed crops</source>
            <translation>建议的裁剪</translation>
        </message>
        <message>
            <source>Proposed: {count}</source>
            <translation>已建议：{count}</translation>
        </message>
        <message>
            <source>Share of the crop that the subject fills</source>
            <translation>主体占裁剪的比例</translation>
        </message>
        <message>
            <source>Skip all</source>
            <translation>全部跳过</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Subject fills</source>
            <translation>主体占比</translation>
        </message>
        <message>
            <source>Take all</source>
            <translation>全部采用</translation>
        </message>
        <message>
            <source>Take over: {count}</source>
            <translation>采用：{count}</translation>
        </message>
        <message>
            <source>Upper body</source>
            <translation>上半身</translation>
        </message>
        <message>
            <source>What stands out</source>
            <translation>显眼的部分</translation>
        </message>
        <message>
            <source>Whole person</source>
            <translation>整个人物</translation>
        </message>
        <message>
            <source>not readable: {count}</source>
            <translation>无法读取：{count}</translation>
        </message>
        <message>
            <source>{done} of {count} looked at</source>
            <translation>已查看 {done} / {count}</translation>
        </message>
    </context>
    <context>
        <name>BaseCard</name>
        <message>
            <source>A Hugging Face id, the page or address of a model, or a path</source>
            <translation>Hugging Face 的名称、模型的网页或地址，或一个路径</translation>
        </message>
        <message>
            <source>Another model…</source>
            <translation>其他模型…</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Choose a file on this computer…</source>
            <translation>选择这台电脑上的文件…</translation>
        </message>
        <message>
            <source>Choose a folder on this computer…</source>
            <translation>选择这台电脑上的文件夹…</translation>
        </message>
        <message>
            <source>Download it now</source>
            <translation>现在下载</translation>
        </message>
        <message>
            <source>It is on the machine.</source>
            <translation>已在机器上。</translation>
        </message>
        <message>
            <source>It is read where it lies.</source>
            <translation>就地读取，不另外复制。</translation>
        </message>
        <message>
            <source>It is sent to the machine before the pictures, where it is not there yet.</source>
            <translation>如果机器上还没有，会先于图片发送过去。</translation>
        </message>
        <message>
            <source>It must lie on the machine already.</source>
            <translation>它必须已经在机器上。</translation>
        </message>
        <message>
            <source>Keep the token</source>
            <translation>保存令牌</translation>
        </message>
        <message>
            <source>Kept</source>
            <translation>已保存</translation>
        </message>
        <message>
            <source>Licence: {licence}.</source>
            <translation>许可证：{licence}。</translation>
        </message>
        <message>
            <source>Look for models on the machine</source>
            <translation>在机器上查找模型</translation>
        </message>
        <message>
            <source>Looking for models on the machine …</source>
            <translation>正在机器上查找模型…</translation>
        </message>
        <message>
            <source>No base model lies on the machine yet.</source>
            <translation>机器上还没有底模。</translation>
        </message>
        <message>
            <source>Not on the machine yet: it is downloaded there when the run begins.</source>
            <translation>机器上还没有：训练开始时会在那里下载。</translation>
        </message>
        <message>
            <source>On the machine: {name}</source>
            <translation>机器上已有：{name}</translation>
        </message>
        <message>
            <source>On this computer: {name}</source>
            <translation>在这台电脑上：{name}</translation>
        </message>
        <message>
            <source>The LoRA works with this model and with others made from it.</source>
            <translation>训练出的 LoRA 可用于这个模型，以及由它衍生的其他模型。</translation>
        </message>
        <message>
            <source>The download failed.</source>
            <translation>下载失败。</translation>
        </message>
        <message>
            <source>The machine downloads it by itself, also while this computer sleeps.</source>
            <translation>机器自己下载，这台电脑休眠时也会继续。</translation>
        </message>
        <message>
            <source>The machine downloads it, and what it got is checked.</source>
            <translation>由机器下载，并校验下载的内容。</translation>
        </message>
        <message>
            <source>Token of {service}, only where the model asks for one</source>
            <translation>{service} 的令牌，仅当模型需要时填写</translation>
        </message>
        <message>
            <source>Which base model?</source>
            <translation>用哪个底模？</translation>
        </message>
        <message>
            <source>unknown family</source>
            <translation>未知系列</translation>
        </message>
    </context>
    <context>
        <name>BaseModels</name>
        <message>
            <source>All files (*)</source>
            <translation>所有文件 (*)</translation>
        </message>
        <message>
            <source>Base models (*.safetensors *.ckpt)</source>
            <translation>底模 (*.safetensors *.ckpt)</translation>
        </message>
        <message>
            <source>Choose a base model</source>
            <translation>选择底模</translation>
        </message>
        <message>
            <source>Choose the folder of a base model</source>
            <translation>选择底模所在的文件夹</translation>
        </message>
    </context>
    <context>
        <name>BucketsCard</name>
        <message>
            <source>Pictures by bucket</source>
            <translation>按分桶的图片</translation>
        </message>
        <message>
            <source>The size of {count} pictures is not known yet.</source>
            <translation>{count} 张图片的大小尚不清楚。</translation>
        </message>
        <message>
            <source>{count} of them are smaller than that and enlarged.</source>
            <translation>其中 {count} 张小于此值，会被放大。</translation>
        </message>
        <message>
            <source>{count} rarer buckets are not listed.</source>
            <translation>未列出 {count} 个较少的分桶。</translation>
        </message>
    </context>
    <context>
        <name>CaptionPanel</name>
        <message>
            <source>Add a tag</source>
            <translation>添加标签</translation>
        </message>
        <message>
            <source>Beyond the first 75 tokens.</source>
            <translation>超出前 75 个词元。</translation>
        </message>
        <message>
            <source>Caption</source>
            <translation>说明</translation>
        </message>
        <message>
            <source>Click to give it to all selected pictures.</source>
            <translation>点击即可将它加到所有选中的图片。</translation>
        </message>
        <message>
            <source>Enter adds a tag, Ctrl+Enter the first that is offered. Drag tags to move them, double-click to rewrite. Ctrl+↑ and Ctrl+↓ go on.</source>
            <translation>回车添加标签，Ctrl+回车采用第一个建议。拖动可移动标签，双击可改写。Ctrl+↑ 和 Ctrl+↓ 切换图片。</translation>
        </message>
        <message>
            <source>How to edit this caption</source>
            <translation>如何编辑这条说明</translation>
        </message>
        <message>
            <source>Prose</source>
            <translation>句子</translation>
        </message>
        <message>
            <source>Saved while you type. Ctrl+↑ and Ctrl+↓ go to the previous and the next picture.</source>
            <translation>输入时自动保存。Ctrl+↑ 和 Ctrl+↓ 转到上一张和下一张图片。</translation>
        </message>
        <message>
            <source>Say what can be seen, as tags with commas between them or as a sentence.</source>
            <translation>写出能看到的内容，用逗号分隔的标签或一个句子。</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>Tags of the caption</source>
            <translation>说明的标签</translation>
        </message>
        <message>
            <source>Tags of {count} pictures</source>
            <translation>{count} 张图片的标签</translation>
        </message>
        <message>
            <source>This is the caption of the current picture alone.</source>
            <translation>这只是当前图片的说明。</translation>
        </message>
        <message>
            <source>Tokens of the text encoder. After 75 a new part begins: it is trained too, but counts apart from the first.</source>
            <translation>文本编码器的词元。超过 75 个后开始新的一段：也会训练，但与第一段分开计算。</translation>
        </message>
        <message>
            <source>What is added or taken out here goes into all selected captions, as one step to undo.</source>
            <translation>在此添加或去除的内容会用于所有选中图片的说明，作为一步可撤销。</translation>
        </message>
        <message>
            <source>{count} of {total}</source>
            <translation>{count} / {total}</translation>
        </message>
    </context>
    <context>
        <name>CaptionRules</name>
        <message>
            <source>A backslash before parentheses</source>
            <translation>括号前加反斜杠</translation>
        </message>
        <message>
            <source>Append</source>
            <translation>追加</translation>
        </message>
        <message>
            <source>At most</source>
            <translation>最多</translation>
        </message>
        <message>
            <source>By the alphabet</source>
            <translation>按字母顺序</translation>
        </message>
        <message>
            <source>Characters first</source>
            <translation>角色在前</translation>
        </message>
        <message>
            <source>Characters from</source>
            <translation>角色，从此置信度起</translation>
        </message>
        <message>
            <source>Fill empty ones</source>
            <translation>填充空白说明</translation>
        </message>
        <message>
            <source>How tags are written</source>
            <translation>标签的写法</translation>
        </message>
        <message>
            <source>Never these tags</source>
            <translation>永不使用这些标签</translation>
        </message>
        <message>
            <source>Order</source>
            <translation>顺序</translation>
        </message>
        <message>
            <source>Replace</source>
            <translation>替换</translation>
        </message>
        <message>
            <source>Spaces instead of underscores</source>
            <translation>用空格代替下划线</translation>
        </message>
        <message>
            <source>Tags from a certainty of</source>
            <translation>标签，从此置信度起</translation>
        </message>
        <message>
            <source>The surest first</source>
            <translation>置信度最高的在前</translation>
        </message>
        <message>
            <source>With commas between; * stands for any letters</source>
            <translation>用逗号分隔；* 代表任意字母</translation>
        </message>
        <message>
            <source>With the rating (general, sensitive …)</source>
            <translation>包含分级（general、sensitive……）</translation>
        </message>
        <message>
            <source>all</source>
            <translation>全部</translation>
        </message>
    </context>
    <context>
        <name>CaptionerChoices</name>
        <message>
            <source>A paragraph</source>
            <translation>一段文字</translation>
        </message>
        <message>
            <source>A server (Ollama, vLLM, OpenAI …)</source>
            <translation>服务器（Ollama、vLLM、OpenAI……）</translation>
        </message>
        <message>
            <source>Address of the server</source>
            <translation>服务器地址</translation>
        </message>
        <message>
            <source>All that are shown ({count})</source>
            <translation>显示的所有图片（{count}）</translation>
        </message>
        <message>
            <source>By which model</source>
            <translation>使用哪个模型</translation>
        </message>
        <message>
            <source>How much it tells</source>
            <translation>描述的详细程度</translation>
        </message>
        <message>
            <source>How the sentence begins</source>
            <translation>句子的开头</translation>
        </message>
        <message>
            <source>Key (only where the server wants one)</source>
            <translation>密钥（仅在服务器要求时填写）</translation>
        </message>
        <message>
            <source>Left to the model</source>
            <translation>由模型决定</translation>
        </message>
        <message>
            <source>Licence: {licence}</source>
            <translation>许可证：{licence}</translation>
        </message>
        <message>
            <source>Name of the model there</source>
            <translation>服务器上的模型名称</translation>
        </message>
        <message>
            <source>One short sentence</source>
            <translation>一个短句</translation>
        </message>
        <message>
            <source>Shown and without a caption ({count})</source>
            <translation>显示的且没有说明的图片（{count}）</translation>
        </message>
        <message>
            <source>Some sentences</source>
            <translation>几个句子</translation>
        </message>
        <message>
            <source>The selected ones ({count})</source>
            <translation>选中的图片（{count}）</translation>
        </message>
        <message>
            <source>What it is asked</source>
            <translation>向它提出的要求</translation>
        </message>
        <message>
            <source>Where</source>
            <translation>在哪里运行</translation>
        </message>
        <message>
            <source>Which pictures</source>
            <translation>哪些图片</translation>
        </message>
        <message>
            <source>{marks} stand for what is known of a picture.</source>
            <translation>{marks} 代表已知的图片信息。</translation>
        </message>
    </context>
    <context>
        <name>CaptionersDialog</name>
        <message>
            <source>Caption beside it</source>
            <translation>旁边的说明</translation>
        </message>
        <message>
            <source>Captions appear here as they come. Nothing is changed before you take them over, and then one undo takes all of them back.</source>
            <translation>说明会在生成时显示在这里。在您采用之前不会有任何改动，采用后一次撤销即可全部还原。</translation>
        </message>
        <message>
            <source>Captions by machine</source>
            <translation>机器生成说明</translation>
        </message>
        <message>
            <source>Captions changed: {count}. Undo takes all of them back.</source>
            <translation>已更改的说明：{count}。一次撤销即可全部还原。</translation>
        </message>
        <message>
            <source>Describe the pictures</source>
            <translation>描述图片</translation>
        </message>
        <message>
            <source>Described: {count}</source>
            <translation>已描述：{count}</translation>
        </message>
        <message>
            <source>Describing …</source>
            <translation>正在描述……</translation>
        </message>
        <message>
            <source>Preparing pictures …</source>
            <translation>正在准备图片……</translation>
        </message>
        <message>
            <source>Sending pictures …</source>
            <translation>正在发送图片……</translation>
        </message>
        <message>
            <source>Setting up the machine; this takes a while the first time …</source>
            <translation>正在设置机器；第一次需要一些时间……</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Take over</source>
            <translation>采用</translation>
        </message>
        <message>
            <source>The line is lost; the machine goes on, and this computer tries to reach it …</source>
            <translation>连接中断；机器仍在继续，本机正在尝试重新连接……</translation>
        </message>
        <message>
            <source>The model is being fetched …</source>
            <translation>正在获取模型……</translation>
        </message>
        <message>
            <source>The model is being loaded …</source>
            <translation>正在加载模型……</translation>
        </message>
        <message>
            <source>There are no such pictures now. Choose others.</source>
            <translation>目前没有这样的图片。请选择其他图片。</translation>
        </message>
        <message>
            <source>Throw away</source>
            <translation>丢弃</translation>
        </message>
    </context>
    <context>
        <name>Catalogue</name>
        <message>
            <source>BLIP base</source>
            <translation>BLIP base</translation>
        </message>
        <message>
            <source>BLIP large</source>
            <translation>BLIP large</translation>
        </message>
        <message>
            <source>DreamShaper 8</source>
            <translation>DreamShaper 8</translation>
        </message>
        <message>
            <source>Florence-2 base</source>
            <translation>Florence-2 base</translation>
        </message>
        <message>
            <source>Florence-2 large</source>
            <translation>Florence-2 large</translation>
        </message>
        <message>
            <source>Large pictures and the base of most models in use today. Training takes a graphics card with 12 GB or more.</source>
            <translation>图片大，也是如今多数常用模型的基础。训练需要 12 GB 以上的显卡。</translation>
        </message>
        <message>
            <source>One short sentence, with more detail.</source>
            <translation>一个短句，细节更多。</translation>
        </message>
        <message>
            <source>One short sentence.</source>
            <translation>一个短句。</translation>
        </message>
        <message>
            <source>Sentences, from one to a paragraph.</source>
            <translation>句子，从一句到一段。</translation>
        </message>
        <message>
            <source>Sentences, from one to a paragraph; sees more and takes longer.</source>
            <translation>句子，从一句到一段；看得更细，耗时更长。</translation>
        </message>
        <message>
            <source>Ships with LoRA Ferry and trains in minutes, even without a graphics card.</source>
            <translation>随 LoRA Ferry 附带，没有显卡也能在几分钟内训练完成。</translation>
        </message>
        <message>
            <source>Stable Diffusion 1.5</source>
            <translation>Stable Diffusion 1.5 模型</translation>
        </message>
        <message>
            <source>Stable Diffusion 1.5 taught to paint: fantasy, portraits, illustration.</source>
            <translation>学会绘画的 Stable Diffusion 1.5：奇幻、人像、插画。</translation>
        </message>
        <message>
            <source>Stable Diffusion 2.1</source>
            <translation>Stable Diffusion 2.1</translation>
        </message>
        <message>
            <source>Stable Diffusion XL 1.0</source>
            <translation>Stable Diffusion XL 1.0</translation>
        </message>
        <message>
            <source>Tags in Danbooru's words, a little surer and slower.</source>
            <translation>Danbooru 词汇的标签，稍准一些，也稍慢一些。</translation>
        </message>
        <message>
            <source>Tags in Danbooru's words, the surest of the three and several times slower.</source>
            <translation>Danbooru 词汇的标签，三者中最准，慢数倍。</translation>
        </message>
        <message>
            <source>Tags in Danbooru's words. Quick, also without a graphics card.</source>
            <translation>Danbooru 词汇的标签。没有显卡也很快。</translation>
        </message>
        <message>
            <source>The classic: small, fast, and at home on any graphics card with 6 GB.</source>
            <translation>经典之选：体积小、速度快，任何 6 GB 显存的显卡都能胜任。</translation>
        </message>
        <message>
            <source>The second generation at 768 pixels; it predicts velocity. Its maker has withdrawn it, a community keeps it.</source>
            <translation>第二代，768 像素，预测速度（v）。作者已撤下，由社区保存。</translation>
        </message>
        <message>
            <source>Toy (coloured shapes, for trying out)</source>
            <translation>玩具模型（彩色图形，供试用）</translation>
        </message>
        <message>
            <source>WD EVA02 large v3</source>
            <translation>WD EVA02 large v3</translation>
        </message>
        <message>
            <source>WD SwinV2 v3</source>
            <translation>WD SwinV2 v3</translation>
        </message>
        <message>
            <source>WD ViT v3</source>
            <translation>WD ViT v3</translation>
        </message>
    </context>
    <context>
        <name>ChangesDialog</name>
        <message>
            <source>Captions that change: {count}</source>
            <translation>将更改的说明：{count}</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>In</source>
            <translation>范围</translation>
        </message>
        <message>
            <source>What changes</source>
            <translation>更改内容</translation>
        </message>
    </context>
    <context>
        <name>Choice</name>
        <message>
            <source>A character</source>
            <translation>角色</translation>
        </message>
        <message>
            <source>A style</source>
            <translation>画风</translation>
        </message>
        <message>
            <source>Adafactor</source>
            <translation>Adafactor 优化器</translation>
        </message>
        <message>
            <source>AdamW</source>
            <translation>AdamW 优化器</translation>
        </message>
        <message>
            <source>AdamW 8-bit</source>
            <translation>AdamW 8-bit</translation>
        </message>
        <message>
            <source>An object</source>
            <translation>物品</translation>
        </message>
        <message>
            <source>Attention</source>
            <translation>注意力层 (attention)</translation>
        </message>
        <message>
            <source>Automatic</source>
            <translation>自动</translation>
        </message>
        <message>
            <source>Constant</source>
            <translation>恒定 (constant)</translation>
        </message>
        <message>
            <source>Convolutions</source>
            <translation>卷积</translation>
        </message>
        <message>
            <source>Cosine</source>
            <translation>余弦 (cosine)</translation>
        </message>
        <message>
            <source>Cosine with restarts</source>
            <translation>余弦（重启）</translation>
        </message>
        <message>
            <source>Debiased</source>
            <translation>去偏</translation>
        </message>
        <message>
            <source>Epochs</source>
            <translation>轮数</translation>
        </message>
        <message>
            <source>Feed forward</source>
            <translation>前馈层 (feed forward)</translation>
        </message>
        <message>
            <source>Huber</source>
            <translation>Huber</translation>
        </message>
        <message>
            <source>Linear</source>
            <translation>线性</translation>
        </message>
        <message>
            <source>Lion</source>
            <translation>Lion</translation>
        </message>
        <message>
            <source>LoHa</source>
            <translation>LoHa</translation>
        </message>
        <message>
            <source>LoKr</source>
            <translation>LoKr</translation>
        </message>
        <message>
            <source>LoRA</source>
            <translation>LoRA 低秩适配</translation>
        </message>
        <message>
            <source>Mean squared error</source>
            <translation>均方误差</translation>
        </message>
        <message>
            <source>Min-SNR</source>
            <translation>Min-SNR</translation>
        </message>
        <message>
            <source>Noise (epsilon)</source>
            <translation>噪声 (epsilon)</translation>
        </message>
        <message>
            <source>None</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Off</source>
            <translation>关</translation>
        </message>
        <message>
            <source>On</source>
            <translation>开</translation>
        </message>
        <message>
            <source>Polynomial</source>
            <translation>多项式</translation>
        </message>
        <message>
            <source>Prodigy</source>
            <translation>Prodigy</translation>
        </message>
        <message>
            <source>Projections</source>
            <translation>投影层 (projection)</translation>
        </message>
        <message>
            <source>Schedule-free AdamW</source>
            <translation>无调度 AdamW</translation>
        </message>
        <message>
            <source>Sentences</source>
            <translation>句子</translation>
        </message>
        <message>
            <source>Stable Diffusion 1.x</source>
            <translation>Stable Diffusion 1.x 系列</translation>
        </message>
        <message>
            <source>Stable Diffusion 2.x</source>
            <translation>Stable Diffusion 2.x</translation>
        </message>
        <message>
            <source>Stable Diffusion XL</source>
            <translation>Stable Diffusion XL</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步数</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>The first</source>
            <translation>第一个</translation>
        </message>
        <message>
            <source>The second</source>
            <translation>第二个</translation>
        </message>
        <message>
            <source>Velocity (v)</source>
            <translation>速度 (v)</translation>
        </message>
        <message>
            <source>bf16 (16 bit, wide range)</source>
            <translation>bf16（16 位，范围大）</translation>
        </message>
        <message>
            <source>fp16 (16 bit)</source>
            <translation>fp16（16 位）</translation>
        </message>
        <message>
            <source>fp32 (32 bit, exact)</source>
            <translation>fp32（32 位，精确）</translation>
        </message>
    </context>
    <context>
        <name>Command</name>
        <message>
            <source>1 star</source>
            <translation>1 星</translation>
        </message>
        <message>
            <source>2 stars</source>
            <translation>2 星</translation>
        </message>
        <message>
            <source>3 stars</source>
            <translation>3 星</translation>
        </message>
        <message>
            <source>4 stars</source>
            <translation>4 星</translation>
        </message>
        <message>
            <source>5 stars</source>
            <translation>5 星</translation>
        </message>
        <message>
            <source>Add a machine</source>
            <translation>添加机器</translation>
        </message>
        <message>
            <source>Appearance like the system</source>
            <translation>外观跟随系统</translation>
        </message>
        <message>
            <source>Back to the grid</source>
            <translation>返回网格</translation>
        </message>
        <message>
            <source>Captions under the pictures</source>
            <translation>图片下方显示说明</translation>
        </message>
        <message>
            <source>Change the shortcuts…</source>
            <translation>更改快捷键…</translation>
        </message>
        <message>
            <source>Compare plans…</source>
            <translation>比较计划…</translation>
        </message>
        <message>
            <source>Compare the chosen ones</source>
            <translation>对比所选图片</translation>
        </message>
        <message>
            <source>Crop: add, duplicate</source>
            <translation>裁剪：添加、复制</translation>
        </message>
        <message>
            <source>Crop: move it, by one pixel or ten</source>
            <translation>裁剪：移动一个或十个像素</translation>
        </message>
        <message>
            <source>Crop: resize it</source>
            <translation>裁剪：调整大小</translation>
        </message>
        <message>
            <source>Crop: the one before, the next one</source>
            <translation>裁剪：上一个、下一个</translation>
        </message>
        <message>
            <source>Crop: turn the picture, exchange left and right</source>
            <translation>裁剪：旋转图片、左右翻转</translation>
        </message>
        <message>
            <source>Dark appearance</source>
            <translation>深色外观</translation>
        </message>
        <message>
            <source>Do it again</source>
            <translation>重做</translation>
        </message>
        <message>
            <source>Expert plan</source>
            <translation>专家计划</translation>
        </message>
        <message>
            <source>Export for kohya's trainer…</source>
            <translation>导出给 kohya 训练器…</translation>
        </message>
        <message>
            <source>Export the preset…</source>
            <translation>导出预设…</translation>
        </message>
        <message>
            <source>Find an action</source>
            <translation>查找操作</translation>
        </message>
        <message>
            <source>Go through the pictures</source>
            <translation>逐张浏览图片</translation>
        </message>
        <message>
            <source>Go to Dataset</source>
            <translation>转到数据集</translation>
        </message>
        <message>
            <source>Go to Hosts</source>
            <translation>转到主机</translation>
        </message>
        <message>
            <source>Go to Models</source>
            <translation>转到模型</translation>
        </message>
        <message>
            <source>Go to Plan</source>
            <translation>转到计划</translation>
        </message>
        <message>
            <source>Go to Runs</source>
            <translation>转到训练</translation>
        </message>
        <message>
            <source>Import a plan…</source>
            <translation>导入计划…</translation>
        </message>
        <message>
            <source>Keep</source>
            <translation>保留</translation>
        </message>
        <message>
            <source>Larger and smaller</source>
            <translation>放大和缩小</translation>
        </message>
        <message>
            <source>Light appearance</source>
            <translation>浅色外观</translation>
        </message>
        <message>
            <source>Look at the folder again</source>
            <translation>重新查看文件夹</translation>
        </message>
        <message>
            <source>Look at the picture alone</source>
            <translation>单独查看图片</translation>
        </message>
        <message>
            <source>Look for models again</source>
            <translation>重新查找模型</translation>
        </message>
        <message>
            <source>Mask: brush, fill, rectangle</source>
            <translation>蒙版：画笔、填充、矩形</translation>
        </message>
        <message>
            <source>Mask: learn or leave out, invert</source>
            <translation>蒙版：学习或排除、反转</translation>
        </message>
        <message>
            <source>Mask: smaller and larger brush</source>
            <translation>蒙版：缩小和放大画笔</translation>
        </message>
        <message>
            <source>Next picture</source>
            <translation>下一张图片</translation>
        </message>
        <message>
            <source>No stars</source>
            <translation>无星</translation>
        </message>
        <message>
            <source>Open a folder…</source>
            <translation>打开文件夹…</translation>
        </message>
        <message>
            <source>Open the folder of models</source>
            <translation>打开模型文件夹</translation>
        </message>
        <message>
            <source>Open the sample pictures</source>
            <translation>打开示例图片</translation>
        </message>
        <message>
            <source>Panel: {title}</source>
            <translation>面板：{title}</translation>
        </message>
        <message>
            <source>Paste a picture or a path</source>
            <translation>粘贴图片或路径</translation>
        </message>
        <message>
            <source>Previous picture</source>
            <translation>上一张图片</translation>
        </message>
        <message>
            <source>Quit</source>
            <translation>退出</translation>
        </message>
        <message>
            <source>Reject</source>
            <translation>舍弃</translation>
        </message>
        <message>
            <source>Save the preset</source>
            <translation>保存预设</translation>
        </message>
        <message>
            <source>Select all</source>
            <translation>全选</translation>
        </message>
        <message>
            <source>Select from here to there</source>
            <translation>从这里选到那里</translation>
        </message>
        <message>
            <source>Show the grid</source>
            <translation>显示网格</translation>
        </message>
        <message>
            <source>Show the shortcuts</source>
            <translation>显示快捷键</translation>
        </message>
        <message>
            <source>Simple plan</source>
            <translation>简单计划</translation>
        </message>
        <message>
            <source>Stars, 0 to 5</source>
            <translation>星级，0 到 5</translation>
        </message>
        <message>
            <source>Train</source>
            <translation>训练</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>Unsure</source>
            <translation>待定</translation>
        </message>
        <message>
            <source>View: {title}</source>
            <translation>视图：{title}</translation>
        </message>
        <message>
            <source>Write the caption</source>
            <translation>编写说明</translation>
        </message>
        <message>
            <source>{title}…</source>
            <translation>{title}…</translation>
        </message>
    </context>
    <context>
        <name>CommandPalette</name>
        <message>
            <source>Actions</source>
            <translation>操作</translation>
        </message>
        <message>
            <source>Find an action</source>
            <translation>查找操作</translation>
        </message>
        <message>
            <source>No action is called like that.</source>
            <translation>没有这样的操作。</translation>
        </message>
        <message>
            <source>What do you want to do?</source>
            <translation>您想做什么？</translation>
        </message>
    </context>
    <context>
        <name>CompareDialog</name>
        <message>
            <source>Compare plans</source>
            <translation>比较计划</translation>
        </message>
        <message>
            <source>From</source>
            <translation>从</translation>
        </message>
        <message>
            <source>Settings that differ: {count}.</source>
            <translation>不同的设置：{count}。</translation>
        </message>
        <message>
            <source>They do not differ.</source>
            <translation>它们没有不同。</translation>
        </message>
        <message>
            <source>to</source>
            <translation>到</translation>
        </message>
    </context>
    <context>
        <name>CompareMode</name>
        <message>
            <source>Back to the pictures (Esc)</source>
            <translation>返回图片（Esc）</translation>
        </message>
        <message>
            <source>Compare</source>
            <translation>对比</translation>
        </message>
        <message>
            <source>Enter keeps the framed picture and rejects the others.</source>
            <translation>按 Enter 保留框选的图片，舍弃其他图片。</translation>
        </message>
        <message>
            <source>This picture cannot be read.</source>
            <translation>无法读取这张图片。</translation>
        </message>
    </context>
    <context>
        <name>ConceptCard</name>
        <message>
            <source>Delete the concept; its pictures stay</source>
            <translation>删除概念；其图片保留</translation>
        </message>
        <message>
            <source>How often each of its pictures is seen in one epoch.</source>
            <translation>其中每张图片在一个轮次中出现的次数。</translation>
        </message>
        <message>
            <source>Name of the concept</source>
            <translation>概念名称</translation>
        </message>
        <message>
            <source>Pictures: {count}</source>
            <translation>图片：{count}</translation>
        </message>
        <message>
            <source>Put selected here</source>
            <translation>将所选图片放入此处</translation>
        </message>
        <message>
            <source>Regularisation: what must be kept</source>
            <translation>正则化：必须保留的内容</translation>
        </message>
        <message>
            <source>Repeats</source>
            <translation>重复次数</translation>
        </message>
        <message>
            <source>Weight</source>
            <translation>权重</translation>
        </message>
    </context>
    <context>
        <name>ConceptsPanel</name>
        <message>
            <source>Add</source>
            <translation>添加</translation>
        </message>
        <message>
            <source>Class word</source>
            <translation>类别词</translation>
        </message>
        <message>
            <source>Concepts</source>
            <translation>概念</translation>
        </message>
        <message>
            <source>Groups of pictures with a weight of their own. Select pictures, name the group, or drag them onto it.</source>
            <translation>拥有各自权重的图片分组。选中图片并为分组命名，或将图片拖到分组上。</translation>
        </message>
        <message>
            <source>Name of a new concept</source>
            <translation>新概念的名称</translation>
        </message>
        <message>
            <source>The word that calls what is learned. It is put in front of every caption.</source>
            <translation>用于唤起所学内容的词。它会放在每条说明的最前面。</translation>
        </message>
        <message>
            <source>Trigger word</source>
            <translation>触发词</translation>
        </message>
        <message>
            <source>What kind of thing it is, in a word that the base model knows.</source>
            <translation>它是什么类型的事物，用基础模型认识的词来写。</translation>
        </message>
    </context>
    <context>
        <name>Config</name>
        <message>
            <source>Adafactor: keeps almost no state of its own, for very little memory.</source>
            <translation>Adafactor：自身几乎不保存状态，占用显存极少。</translation>
        </message>
        <message>
            <source>AdamW with a state of 8 bits: a quarter of the memory. Needs bitsandbytes on the training machine.</source>
            <translation>状态为 8 位的 AdamW：只需四分之一的显存。训练机器上需装有 bitsandbytes。</translation>
        </message>
        <message>
            <source>AdamW: the usual choice, steady and well understood.</source>
            <translation>AdamW：最常用的选择，稳定可靠。</translation>
        </message>
        <message>
            <source>Adapters in the text encoders. Their layer rules begin with `text_encoder.` and `text_encoder_2.`.</source>
            <translation>文本编码器里的适配器。它们的层规则以 `text_encoder.` 和 `text_encoder_2.` 开头。</translation>
        </message>
        <message>
            <source>Checkpoints on the way and the file at the end.</source>
            <translation>训练途中的检查点和最终的文件。</translation>
        </message>
        <message>
            <source>Everything that decides what a training run does.</source>
            <translation>决定一次训练的全部设置。</translation>
        </message>
        <message>
            <source>Falls along a power of the way that is left.</source>
            <translation>按剩余路程的幂下降。</translation>
        </message>
        <message>
            <source>Falls along a straight line.</source>
            <translation>沿直线下降。</translation>
        </message>
        <message>
            <source>Falls along half a cosine wave.</source>
            <translation>沿半个余弦波逐渐下降。</translation>
        </message>
        <message>
            <source>Lion: every weight moves by the same amount. Less memory than AdamW; wants a rate three to ten times lower.</source>
            <translation>Lion：每个权重移动的幅度相同。比 AdamW 省显存；学习率应低三到十倍。</translation>
        </message>
        <message>
            <source>LoHa: the product, number by number, of two LoRAs; more rank for its size.</source>
            <translation>LoHa：两个 LoRA 逐个数相乘；同样大小下秩更高。</translation>
        </message>
        <message>
            <source>LoKr: a Kronecker product of a small and a thin matrix; very small files.</source>
            <translation>LoKr：一个小矩阵与一个薄矩阵的克罗内克积；文件非常小。</translation>
        </message>
        <message>
            <source>LoRA: two thin matrices beside a layer.</source>
            <translation>LoRA：在一层旁边放两个薄矩阵。</translation>
        </message>
        <message>
            <source>Prior preservation (Ruiz et al. 2022, "DreamBooth", arXiv 2208.12242): an error on known things counts, too.</source>
            <translation>先验保持（Ruiz 等 2022，“DreamBooth”，arXiv 2208.12242）：在已知事物上的误差也计算在内。</translation>
        </message>
        <message>
            <source>Prodigy: finds its learning rate by itself while it trains.</source>
            <translation>Prodigy：边训练边自己找到学习率。</translation>
        </message>
        <message>
            <source>Schedule-free AdamW: averages its way instead of lowering the rate. Use it with a constant schedule.</source>
            <translation>无调度 AdamW：对走过的路取平均，而不是降低学习率。请配合恒定调度使用。</translation>
        </message>
        <message>
            <source>Several cosine waves, each of which starts anew at the full rate.</source>
            <translation>若干个余弦波，每个都从最高学习率重新开始。</translation>
        </message>
        <message>
            <source>Test pictures at fixed seeds, before the first step and on the way.</source>
            <translation>用固定种子生成的样图：第一步之前和训练途中各生成一次。</translation>
        </message>
        <message>
            <source>The approved pictures, named by the hash of their manifest, and how they are read.</source>
            <translation>已采用的图片（以清单的哈希值命名），以及读取方式。</translation>
        </message>
        <message>
            <source>The error on held-out pictures, always at the same degrees of noise and with the same noise.</source>
            <translation>在留出图片上的误差，始终用相同的噪声程度和相同的噪声测量。</translation>
        </message>
        <message>
            <source>The error that training makes smaller.</source>
            <translation>训练要使之变小的误差。</translation>
        </message>
        <message>
            <source>The frozen model under the LoRA.</source>
            <translation>LoRA 所依附的、冻结不变的模型。</translation>
        </message>
        <message>
            <source>The length and the rhythm of a run.</source>
            <translation>一次训练的长度与节奏。</translation>
        </message>
        <message>
            <source>The noise that is put on the pictures.</source>
            <translation>加在图片上的噪声。</translation>
        </message>
        <message>
            <source>The same rate from start to end.</source>
            <translation>从头到尾学习率不变。</translation>
        </message>
    </context>
    <context>
        <name>CountsBar</name>
        <message>
            <source>Looking for pictures…</source>
            <translation>正在查找图片…</translation>
        </message>
        <message>
            <source>{count} approved</source>
            <translation>已采用 {count}</translation>
        </message>
        <message>
            <source>{count} cannot be read</source>
            <translation>无法读取 {count}</translation>
        </message>
        <message>
            <source>{count} rejected</source>
            <translation>已舍弃 {count}</translation>
        </message>
        <message>
            <source>{count} without a caption</source>
            <translation>无描述 {count}</translation>
        </message>
    </context>
    <context>
        <name>Coverage</name>
        <message>
            <source>As far as captions tell, all backgrounds are plain.</source>
            <translation>就说明所述，所有背景都是纯色的。</translation>
        </message>
        <message>
            <source>As far as captions tell, all faces are angry.</source>
            <translation>就说明所述，所有面孔都是生气的。</translation>
        </message>
        <message>
            <source>As far as captions tell, all faces are sad.</source>
            <translation>就说明所述，所有面孔都是悲伤的。</translation>
        </message>
        <message>
            <source>As far as captions tell, all faces are shy.</source>
            <translation>就说明所述，所有面孔都是害羞的。</translation>
        </message>
        <message>
            <source>As far as captions tell, all faces are surprised.</source>
            <translation>就说明所述，所有面孔都是惊讶的。</translation>
        </message>
        <message>
            <source>As far as captions tell, all faces smile.</source>
            <translation>就说明所述，所有面孔都在微笑。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are at night.</source>
            <translation>就说明所述，所有图片都是夜晚。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are close-ups.</source>
            <translation>就说明所述，所有图片都是特写。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are from above.</source>
            <translation>就说明所述，所有图片都是俯视。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are from behind.</source>
            <translation>就说明所述，所有图片都是背面。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are from below.</source>
            <translation>就说明所述，所有图片都是仰视。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are from the front.</source>
            <translation>就说明所述，所有图片都是正面。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are from the same angle.</source>
            <translation>就说明所述，所有图片都是同一角度。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are from the side.</source>
            <translation>就说明所述，所有图片都是侧面。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are in daylight.</source>
            <translation>就说明所述，所有图片都是日光下。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are in evening light.</source>
            <translation>就说明所述，所有图片都是傍晚光线。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are indoors.</source>
            <translation>就说明所述，所有图片都在室内。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are lit by lamps.</source>
            <translation>就说明所述，所有图片都是灯光照明。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are lit from behind.</source>
            <translation>就说明所述，所有图片都是逆光。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures are outdoors.</source>
            <translation>就说明所述，所有图片都在室外。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures show the full body.</source>
            <translation>就说明所述，所有图片都是全身。</translation>
        </message>
        <message>
            <source>As far as captions tell, all pictures show the upper body.</source>
            <translation>就说明所述，所有图片都是上半身。</translation>
        </message>
        <message>
            <source>As far as captions tell, no face has an expression.</source>
            <translation>就说明所述，没有面孔带有表情。</translation>
        </message>
        <message>
            <source>If there are some, say so in their captions. If not, add some: a LoRA draws badly what it never saw.</source>
            <translation>如果有这样的图片，请在说明中写明。如果没有，请添加一些：LoRA 画不好它从未见过的东西。</translation>
        </message>
        <message>
            <source>No caption speaks of a close-up or a portrait.</source>
            <translation>没有说明提到特写或肖像。</translation>
        </message>
        <message>
            <source>No caption speaks of a full body.</source>
            <translation>没有说明提到全身。</translation>
        </message>
        <message>
            <source>No caption speaks of a profile, a view from the side.</source>
            <translation>没有说明提到侧面视角。</translation>
        </message>
        <message>
            <source>No caption speaks of a view from behind.</source>
            <translation>没有说明提到背面视角。</translation>
        </message>
        <message>
            <source>Say what tells them apart, else all of it is tied to the same words.</source>
            <translation>请写明它们的区别，否则一切都会与相同的词绑定。</translation>
        </message>
        <message>
            <source>They are trained by the trigger and class word alone. Caption them, or reject them.</source>
            <translation>它们仅凭触发词和类别词进行训练。请为它们写说明，或舍弃它们。</translation>
        </message>
        <message>
            <source>They go into smaller buckets and are not enlarged. Find larger copies, crop less, or reject them.</source>
            <translation>它们会放入较小的分桶，不会被放大。请找更大的副本、少裁一些，或舍弃它们。</translation>
        </message>
        <message>
            <source>To dress the figure otherwise later, add pictures with other clothes.</source>
            <translation>若以后想给人物换装，请添加穿其他衣服的图片。</translation>
        </message>
        <message>
            <source>Up to {most} tokens are read, but one long caption makes every step slower. Put what matters first.</source>
            <translation>最多读取 {most} 个词元，但一条过长的说明会使每一步变慢。请把重要内容放在前面。</translation>
        </message>
        <message>
            <source>What is always the same is learned along with the rest. Add pictures that differ, if that is not meant.</source>
            <translation>始终相同的内容会一同被学习。如果并非本意，请添加不同的图片。</translation>
        </message>
        <message>
            <source>{count} of {total} captions are longer than {chunk} tokens.</source>
            <translation>{total} 条说明中有 {count} 条超过 {chunk} 个词元。</translation>
        </message>
        <message>
            <source>{count} of {total} pictures have fewer pixels than are trained.</source>
            <translation>{total} 张图片中有 {count} 张的像素少于训练所需。</translation>
        </message>
        <message>
            <source>{count} of {total} pictures have no caption.</source>
            <translation>{total} 张图片中有 {count} 张没有说明。</translation>
        </message>
        <message>
            <source>{count} pictures have the very same caption.</source>
            <translation>{count} 张图片的说明完全相同。</translation>
        </message>
        <message>
            <source>“{tag}” is in {count} of {total} captions: one outfit.</source>
            <translation>“{tag}”出现在 {total} 条说明中的 {count} 条：只有一套服装。</translation>
        </message>
    </context>
    <context>
        <name>CrashDialog</name>
        <message>
            <source>Copied</source>
            <translation>已复制</translation>
        </message>
        <message>
            <source>Copy the report</source>
            <translation>复制报告</translation>
        </message>
        <message>
            <source>LoRA Ferry has met an error that it did not expect. Your pictures and your runs are not affected, and a training on another machine goes on. The report below holds no passwords and no personal folder names.</source>
            <translation>LoRA Ferry 遇到了意料之外的错误。您的图片和训练都不受影响，在其他机器上的训练也会继续进行。下面的报告不含密码，也不含个人文件夹名称。</translation>
        </message>
        <message>
            <source>Something went wrong</source>
            <translation>出错了</translation>
        </message>
    </context>
    <context>
        <name>CropPanel</name>
        <message>
            <source>Add a crop (N)</source>
            <translation>添加裁剪（N）</translation>
        </message>
        <message>
            <source>Bucket</source>
            <translation>分桶</translation>
        </message>
        <message>
            <source>Bucket: exactly the shapes in which pictures are trained, so that nothing more is cut off.</source>
            <translation>分桶：正好是图片训练时的形状，因此不会再多裁任何部分。</translation>
        </message>
        <message>
            <source>Crops</source>
            <translation>裁剪</translation>
        </message>
        <message>
            <source>Delete this crop (Del)</source>
            <translation>删除此裁剪（Del）</translation>
        </message>
        <message>
            <source>Duplicate this crop (Ctrl+D)</source>
            <translation>复制此裁剪（Ctrl+D）</translation>
        </message>
        <message>
            <source>Exchange left and right (F)</source>
            <translation>左右翻转（F）</translation>
        </message>
        <message>
            <source>Exchange top and bottom</source>
            <translation>上下翻转</translation>
        </message>
        <message>
            <source>Free</source>
            <translation>自由</translation>
        </message>
        <message>
            <source>Height</source>
            <translation>高度</translation>
        </message>
        <message>
            <source>Height in pixels</source>
            <translation>高度（像素）</translation>
        </message>
        <message>
            <source>Left</source>
            <translation>左</translation>
        </message>
        <message>
            <source>Pixels from the left edge</source>
            <translation>距左边缘的像素</translation>
        </message>
        <message>
            <source>Pixels from the upper edge</source>
            <translation>距上边缘的像素</translation>
        </message>
        <message>
            <source>Ratio</source>
            <translation>比例</translation>
        </message>
        <message>
            <source>Shape</source>
            <translation>形状</translation>
        </message>
        <message>
            <source>Straighten, in degrees clockwise</source>
            <translation>拉直，顺时针角度</translation>
        </message>
        <message>
            <source>Top</source>
            <translation>上</translation>
        </message>
        <message>
            <source>Turn</source>
            <translation>旋转</translation>
        </message>
        <message>
            <source>Turn to the left ([)</source>
            <translation>向左转（[）</translation>
        </message>
        <message>
            <source>Turn to the right (])</source>
            <translation>向右转（]）</translation>
        </message>
        <message>
            <source>Width</source>
            <translation>宽度</translation>
        </message>
        <message>
            <source>Width in pixels</source>
            <translation>宽度（像素）</translation>
        </message>
        <message>
            <source>Width to height. Type your own, such as 7:5.</source>
            <translation>宽与高之比。可自行输入，例如 7:5。</translation>
        </message>
    </context>
    <context>
        <name>CropView</name>
        <message>
            <source>Drag to draw a crop. Arrows move it, with Shift they resize it, with Alt ten pixels at a time.</source>
            <translation>拖动以画出裁剪。方向键移动，Shift 调整大小，Alt 每次十个像素。</translation>
        </message>
        <message>
            <source>Head and shoulders</source>
            <translation>头肩</translation>
        </message>
        <message>
            <source>Picture with its crops</source>
            <translation>图片及其裁剪</translation>
        </message>
        <message>
            <source>Propose a crop from the faces in the picture, or from what stands out</source>
            <translation>根据图片中的人脸或显眼的部分建议裁剪</translation>
        </message>
        <message>
            <source>See the whole picture (0)</source>
            <translation>查看整张图片（0）</translation>
        </message>
        <message>
            <source>Suggest</source>
            <translation>建议</translation>
        </message>
        <message>
            <source>Upper body</source>
            <translation>上半身</translation>
        </message>
        <message>
            <source>What stands out</source>
            <translation>显眼的部分</translation>
        </message>
        <message>
            <source>Whole person</source>
            <translation>整个人物</translation>
        </message>
    </context>
    <context>
        <name>CuratePanel</name>
        <message>
            <source>Go on measuring</source>
            <translation>继续测量</translation>
        </message>
        <message>
            <source>Measure later</source>
            <translation>稍后测量</translation>
        </message>
        <message>
            <source>{done} of {total} measured</source>
            <translation>已测量 {done} / {total}</translation>
        </message>
    </context>
    <context>
        <name>DatasetPage</name>
        <message>
            <source>Dataset</source>
            <translation>数据集</translation>
        </message>
        <message>
            <source>Do it again (Ctrl+Shift+Z)</source>
            <translation>重做 (Ctrl+Shift+Z)</translation>
        </message>
        <message>
            <source>Look at the folder again (F5)</source>
            <translation>重新载入文件夹 (F5)</translation>
        </message>
        <message>
            <source>Open a folder of pictures</source>
            <translation>打开图片文件夹</translation>
        </message>
        <message>
            <source>Open a folder…</source>
            <translation>打开文件夹…</translation>
        </message>
        <message>
            <source>The pictures to learn from.</source>
            <translation>供学习的图片。</translation>
        </message>
        <message>
            <source>Undo (Ctrl+Z)</source>
            <translation>撤销 (Ctrl+Z)</translation>
        </message>
    </context>
    <context>
        <name>DatasetPart</name>
        <message>
            <source>Automatic crops</source>
            <translation>自动裁剪</translation>
        </message>
        <message>
            <source>Captions from a template</source>
            <translation>由模板生成说明</translation>
        </message>
        <message>
            <source>Compare</source>
            <translation>对比</translation>
        </message>
        <message>
            <source>Concepts</source>
            <translation>概念</translation>
        </message>
        <message>
            <source>Crop</source>
            <translation>裁剪</translation>
        </message>
        <message>
            <source>Curate</source>
            <translation>筛选</translation>
        </message>
        <message>
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <source>Find and replace</source>
            <translation>查找和替换</translation>
        </message>
        <message>
            <source>Grid</source>
            <translation>网格</translation>
        </message>
        <message>
            <source>History of the caption</source>
            <translation>说明的历史</translation>
        </message>
        <message>
            <source>Machine captions</source>
            <translation>机器生成说明</translation>
        </message>
        <message>
            <source>Mask</source>
            <translation>蒙版</translation>
        </message>
        <message>
            <source>Numbers</source>
            <translation>数据</translation>
        </message>
        <message>
            <source>Picture</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Single picture</source>
            <translation>单张图片</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>Yes or no</source>
            <translation>是或否</translation>
        </message>
    </context>
    <context>
        <name>DeadlineLine</name>
        <message>
            <source>If it is off since then, that is on {date}.</source>
            <translation>如果从那时起一直关机，期限是 {date}。</translation>
        </message>
        <message>
            <source>Last heard {time} ago.</source>
            <translation>最后一次联系是 {time}前。</translation>
        </message>
    </context>
    <context>
        <name>Demo</name>
        <message>
            <source>Before and after: {path}</source>
            <translation>训练前后对比：{path}</translation>
        </message>
        <message>
            <source>Compare it with what your provider shows.</source>
            <translation>请与服务商显示的内容核对。</translation>
        </message>
        <message>
            <source>Connecting</source>
            <translation>正在连接</translation>
        </message>
        <message>
            <source>Connection lost, the run goes on</source>
            <translation>连接已断开，训练仍在继续</translation>
        </message>
        <message>
            <source>Done in {time}. The LoRA has passed its self-check.</source>
            <translation>用时 {time} 完成。LoRA 已通过自检。</translation>
        </message>
        <message>
            <source>Left. A run that has begun goes on by itself.</source>
            <translation>已离开。已开始的训练会自行继续。</translation>
        </message>
        <message>
            <source>LoRA: {path} ({size})</source>
            <translation>LoRA 文件：{path}（{size}）</translation>
        </message>
        <message>
            <source>Looking at the machine</source>
            <translation>正在检查机器</translation>
        </message>
        <message>
            <source>Machine: {name} ({gpu})</source>
            <translation>机器：{name}（{gpu}）</translation>
        </message>
        <message>
            <source>Passphrase of {path}: </source>
            <translation>{path} 的密码短语：</translation>
        </message>
        <message>
            <source>Password of {user} on {host}: </source>
            <translation>{user} 在 {host} 上的密码：</translation>
        </message>
        <message>
            <source>Preparing its environment</source>
            <translation>正在准备运行环境</translation>
        </message>
        <message>
            <source>Preparing pictures</source>
            <translation>正在准备图片</translation>
        </message>
        <message>
            <source>Sending base model</source>
            <translation>正在发送底模</translation>
        </message>
        <message>
            <source>Sending pictures</source>
            <translation>正在发送图片</translation>
        </message>
        <message>
            <source>Sending the agent</source>
            <translation>正在发送代理程序</translation>
        </message>
        <message>
            <source>Sending the installer</source>
            <translation>正在发送安装程序</translation>
        </message>
        <message>
            <source>Starting the agent</source>
            <translation>正在启动代理程序</translation>
        </message>
        <message>
            <source>Trust it? Type yes: </source>
            <translation>是否信任？请输入 yes 或 是：</translation>
        </message>
        <message>
            <source>Waiting for another computer that sets the machine up</source>
            <translation>另一台电脑正在设置这台机器，等待中</translation>
        </message>
        <message>
            <source>What was learned</source>
            <translation>学习成果</translation>
        </message>
        <message>
            <source>after</source>
            <translation>之后</translation>
        </message>
        <message>
            <source>before</source>
            <translation>之前</translation>
        </message>
        <message>
            <source>loss {loss}</source>
            <translation>损失 {loss}</translation>
        </message>
        <message>
            <source>no graphics card, {n} processor cores</source>
            <translation>无显卡，{n} 个处理器核心</translation>
        </message>
        <message>
            <source>{host} shows a key that is not known yet: {kind} {fingerprint}</source>
            <translation>{host} 出示了未知的密钥：{kind} {fingerprint}</translation>
        </message>
        <message>
            <source>{time} left</source>
            <translation>剩余 {time}</translation>
        </message>
        <message>
            <source>“{word}” was drawn in {before} of {n} test pictures before, and in {after} of {n} after.</source>
            <translation>训练前 {n} 张样图中有 {before} 张画出了“{word}”，训练后 {n} 张中有 {after} 张。</translation>
        </message>
    </context>
    <context>
        <name>Detail</name>
        <message>
            <source>a key of PuTTY, not of OpenSSH</source>
            <translation>是 PuTTY 的密钥，不是 OpenSSH 的</translation>
        </message>
        <message>
            <source>not text</source>
            <translation>不是文本</translation>
        </message>
        <message>
            <source>ssh: command not found</source>
            <translation>找不到 ssh 命令</translation>
        </message>
        <message>
            <source>the autoencoder made numbers out of range of it</source>
            <translation>自动编码器 (VAE) 算出了超出范围的数值</translation>
        </message>
        <message>
            <source>the stored bytes are not those that were sent</source>
            <translation>存储的内容与发送的不一致</translation>
        </message>
        <message>
            <source>unknown format</source>
            <translation>未知格式</translation>
        </message>
    </context>
    <context>
        <name>DetailPanel</name>
        <message>
            <source>Do not train this picture. The file stays where it is.</source>
            <translation>不训练这张图片。文件保留在原处。</translation>
        </message>
        <message>
            <source>Keep (K)</source>
            <translation>保留 (K)</translation>
        </message>
        <message>
            <source>Mark this picture as good. Press again to take the mark back.</source>
            <translation>把这张图片标为好图。再按一次取消标记。</translation>
        </message>
        <message>
            <source>Reject (X)</source>
            <translation>舍弃 (X)</translation>
        </message>
        <message>
            <source>{count} pictures are selected.</source>
            <translation>已选择 {count} 张图片。</translation>
        </message>
        <message>
            <source>{width} × {height} pixels, {size}</source>
            <translation>{width} × {height} 像素，{size}</translation>
        </message>
    </context>
    <context>
        <name>DialogPrompter</name>
        <message>
            <source>All files (*)</source>
            <translation>所有文件 (*)</translation>
        </message>
    </context>
    <context>
        <name>DiffTable</name>
        <message>
            <source>Group</source>
            <translation>组</translation>
        </message>
        <message>
            <source>In what the two plans differ</source>
            <translation>两个计划的不同之处</translation>
        </message>
        <message>
            <source>Setting</source>
            <translation>设置</translation>
        </message>
    </context>
    <context>
        <name>DropVeil</name>
        <message>
            <source>Drop to add this picture</source>
            <translation>放下以添加这张图片</translation>
        </message>
        <message>
            <source>Drop to open these pictures</source>
            <translation>松开即可打开这些图片</translation>
        </message>
    </context>
    <context>
        <name>EmptyPage</name>
        <message>
            <source>15 to 50 good pictures of one thing are enough: a character, an object, a style. Drop the folder that holds them anywhere in this window. Nothing in it is moved or renamed.</source>
            <translation>同一主题的 15 到 50 张好图就够了：一个角色、一件物品或一种画风。把装有图片的文件夹拖到窗口任意处即可，其中的文件不会被移动或改名。</translation>
        </message>
        <message>
            <source>Drop your pictures here</source>
            <translation>把图片拖到这里</translation>
        </message>
        <message>
            <source>Open a folder…</source>
            <translation>打开文件夹…</translation>
        </message>
        <message>
            <source>Try the sample pictures</source>
            <translation>试用示例图片</translation>
        </message>
    </context>
    <context>
        <name>EmptyShelf</name>
        <message>
            <source>No LoRA yet</source>
            <translation>还没有 LoRA</translation>
        </message>
        <message>
            <source>When a training has finished, its LoRA is fetched, checked and put here. To begin, open a folder of pictures on the Dataset page, then press Train on the Plan page. LoRA files (.safetensors) that you put into the folder yourself show up too.</source>
            <translation>训练完成后，LoRA 会被取回、检查并放在这里。要开始，请在“数据集”页面打开图片文件夹，然后在“计划”页面点击“开始训练”。您自己放进该文件夹的 LoRA 文件 (.safetensors) 也会显示出来。</translation>
        </message>
    </context>
    <context>
        <name>ExpertPlan</name>
        <message>
            <source>No setting is called that. Try another word.</source>
            <translation>没有叫这个名字的设置，换个词试试。</translation>
        </message>
        <message>
            <source>Search settings</source>
            <translation>搜索设置</translation>
        </message>
        <message>
            <source>Search settings, such as rank or learning rate</source>
            <translation>搜索设置，例如“秩”或“学习率”</translation>
        </message>
    </context>
    <context>
        <name>Export</name>
        <message>
            <source>Written: {path}</source>
            <translation>已写入：{path}</translation>
        </message>
    </context>
    <context>
        <name>ExportDialog</name>
        <message>
            <source>All that were not rejected</source>
            <translation>所有未被舍弃的</translation>
        </message>
        <message>
            <source>Another colour…</source>
            <translation>其他颜色…</translation>
        </message>
        <message>
            <source>As large as they are</source>
            <translation>保持原大小</translation>
        </message>
        <message>
            <source>As they are sent to the training ({resolution} px)</source>
            <translation>与发送训练时相同（{resolution} px）</translation>
        </message>
        <message>
            <source>Black</source>
            <translation>黑色</translation>
        </message>
        <message>
            <source>Captions as .txt files beside them</source>
            <translation>旁边附上 .txt 说明文件</translation>
        </message>
        <message>
            <source>Choose a folder outside of the project.</source>
            <translation>请选择项目之外的文件夹。</translation>
        </message>
        <message>
            <source>Choose…</source>
            <translation>选择…</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Colour behind transparent parts</source>
            <translation>透明部分后面的颜色</translation>
        </message>
        <message>
            <source>Cut to the training buckets ({resolution} px)</source>
            <translation>裁剪到训练分桶（{resolution} px）</translation>
        </message>
        <message>
            <source>Export</source>
            <translation>导出</translation>
        </message>
        <message>
            <source>Export pictures</source>
            <translation>导出图片</translation>
        </message>
        <message>
            <source>Export {count}</source>
            <translation>导出 {count} 张</translation>
        </message>
        <message>
            <source>Files in the folder that will be replaced: {count}.</source>
            <translation>文件夹中将被替换的文件：{count}。</translation>
        </message>
        <message>
            <source>Files of these names are in the folder already: {count}. They stay as they are, and their pictures are left out.</source>
            <translation>文件夹中已有同名文件：{count}。它们保持不变，对应的图片不导出。</translation>
        </message>
        <message>
            <source>Folder</source>
            <translation>文件夹</translation>
        </message>
        <message>
            <source>Folder to export to</source>
            <translation>导出到的文件夹</translation>
        </message>
        <message>
            <source>Format</source>
            <translation>格式</translation>
        </message>
        <message>
            <source>Further problems: {count}.</source>
            <translation>其他问题：{count}。</translation>
        </message>
        <message>
            <source>JPEG</source>
            <translation>JPEG</translation>
        </message>
        <message>
            <source>JPEG for photos, PNG for others</source>
            <translation>照片用 JPEG，其他用 PNG</translation>
        </message>
        <message>
            <source>Longest side</source>
            <translation>最长边</translation>
        </message>
        <message>
            <source>Masks as files ending in “-masklabel”</source>
            <translation>蒙版存为以“-masklabel”结尾的文件</translation>
        </message>
        <message>
            <source>Number the files: 0001, 0002 …</source>
            <translation>文件编号：0001、0002……</translation>
        </message>
        <message>
            <source>PNG</source>
            <translation>PNG</translation>
        </message>
        <message>
            <source>Pictures</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Quality of JPEGs</source>
            <translation>JPEG 质量</translation>
        </message>
        <message>
            <source>Replace files that are there already</source>
            <translation>替换已有文件</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Stay transparent</source>
            <translation>保持透明</translation>
        </message>
        <message>
            <source>Stop</source>
            <translation>停止</translation>
        </message>
        <message>
            <source>Stopped after {done} of {total}. Export again to go on.</source>
            <translation>已停止，完成 {done} / {total}。再次导出即可继续。</translation>
        </message>
        <message>
            <source>The originals are only read. An export that was stopped goes on where it was.</source>
            <translation>原图只被读取。中断的导出会从中断处继续。</translation>
        </message>
        <message>
            <source>There is nothing to export: no picture is chosen, or all of them were rejected.</source>
            <translation>没有可导出的图片：未选择图片，或所有图片都被舍弃。</translation>
        </message>
        <message>
            <source>Those that are selected</source>
            <translation>选中的图片</translation>
        </message>
        <message>
            <source>Those that are shown</source>
            <translation>显示的图片</translation>
        </message>
        <message>
            <source>Transparent parts</source>
            <translation>透明部分</translation>
        </message>
        <message>
            <source>White</source>
            <translation>白色</translation>
        </message>
        <message>
            <source>Writes the pictures as they are cut and turned here, in sRGB and without camera data, into a folder of your choice. Each crop becomes a picture of its own.</source>
            <translation>按这里的裁剪和旋转，以 sRGB 且不含相机数据，将图片写入您选择的文件夹。每个裁剪成为单独的图片。</translation>
        </message>
        <message>
            <source>Written now: {written}. Written before: {kept}.</source>
            <translation>本次写入：{written}。先前写入：{kept}。</translation>
        </message>
        <message>
            <source>Written: {written}.</source>
            <translation>已写入：{written}。</translation>
        </message>
        <message>
            <source>{done} of {total}</source>
            <translation>{done} / {total}</translation>
        </message>
    </context>
    <context>
        <name>FaceFileAction</name>
        <message>
            <source>Face detector from a file…</source>
            <translation>从文件选择人脸检测器…</translation>
        </message>
        <message>
            <source>The face detector: {name}</source>
            <translation>人脸检测器：{name}</translation>
        </message>
    </context>
    <context>
        <name>Filmstrip</name>
        <message>
            <source>Pictures before and behind the current one</source>
            <translation>当前图片前后的图片</translation>
        </message>
    </context>
    <context>
        <name>FindingNotice</name>
        <message>
            <source>Show them</source>
            <translation>显示它们</translation>
        </message>
    </context>
    <context>
        <name>Findings</name>
        <message>
            <source>✓ Nothing is in the way.</source>
            <translation>✓ 没有任何妨碍。</translation>
        </message>
    </context>
    <context>
        <name>GoalCard</name>
        <message>
            <source>It decides how much the LoRA can remember and how long it trains.</source>
            <translation>这决定了 LoRA 能记住多少内容，以及训练多久。</translation>
        </message>
        <message>
            <source>What are you teaching?</source>
            <translation>要教它什么？</translation>
        </message>
    </context>
    <context>
        <name>Group</name>
        <message>
            <source>Changed: {count}</source>
            <translation>已更改：{count}</translation>
        </message>
        <message>
            <source>Take the preset's values again in this group</source>
            <translation>在此组中重新采用预设的值</translation>
        </message>
    </context>
    <context>
        <name>GroupRow</name>
        <message>
            <source>Alike</source>
            <translation>相似</translation>
        </message>
        <message>
            <source>Best: {name} ({reasons})</source>
            <translation>最好的：{name}（{reasons}）</translation>
        </message>
        <message>
            <source>Keep all</source>
            <translation>全部保留</translation>
        </message>
        <message>
            <source>Keep best</source>
            <translation>保留最好的</translation>
        </message>
        <message>
            <source>Leave this group as it is.</source>
            <translation>保持该组不变。</translation>
        </message>
        <message>
            <source>Reject the others. The files stay where they are.</source>
            <translation>舍弃其他的。文件保持在原处。</translation>
        </message>
        <message>
            <source>Show</source>
            <translation>显示</translation>
        </message>
        <message>
            <source>your choice</source>
            <translation>您的选择</translation>
        </message>
        <message>
            <source>{count} alike</source>
            <translation>{count} 张相似</translation>
        </message>
    </context>
    <context>
        <name>GuardPanel</name>
        <message>
            <source>Guards …</source>
            <translation>看守设置…</translation>
        </message>
        <message>
            <source>Open the console</source>
            <translation>打开控制台</translation>
        </message>
        <message>
            <source>Switch all off</source>
            <translation>全部关闭</translation>
        </message>
        <message>
            <source>Switch on</source>
            <translation>启用</translation>
        </message>
        <message>
            <source>Wait 1 hour</source>
            <translation>推迟 1 小时</translation>
        </message>
    </context>
    <context>
        <name>GuardsDialog</name>
        <message>
            <source>Currency</source>
            <translation>货币</translation>
        </message>
        <message>
            <source>Decide later</source>
            <translation>以后再决定</translation>
        </message>
        <message>
            <source>Guards of the meter</source>
            <translation>计费看守</translation>
        </message>
        <message>
            <source>In all it may cost. Then the run is saved and the machine stops</source>
            <translation>总花费上限。到达后保存进度，然后关机</translation>
        </message>
        <message>
            <source>In all it may run for. Then the run is saved and the machine stops</source>
            <translation>总运行时间上限。到达后保存进度，然后关机</translation>
        </message>
        <message>
            <source>May {host} stop itself?</source>
            <translation>允许 {host} 自己关机吗？</translation>
        </message>
        <message>
            <source>No guards</source>
            <translation>不设看守</translation>
        </message>
        <message>
            <source>Open the console</source>
            <translation>打开控制台</translation>
        </message>
        <message>
            <source>Price an hour (optional)</source>
            <translation>每小时价格（可不填）</translation>
        </message>
        <message>
            <source>Raise the alarm when it has cost</source>
            <translation>花费达到多少时报警</translation>
        </message>
        <message>
            <source>Raise the alarm when it has run for</source>
            <translation>运行多久时报警</translation>
        </message>
        <message>
            <source>Such a card usually costs {amounts} an hour there (list of {date}).</source>
            <translation>那里这种显卡通常每小时 {amounts}（{date} 的价目）。</translation>
        </message>
        <message>
            <source>Switch the guards on</source>
            <translation>启用看守</translation>
        </message>
        <message>
            <source>The machine goes on costing until you stop it yourself.</source>
            <translation>在您自己关机之前，机器会一直计费。</translation>
        </message>
        <message>
            <source>This guard can be switched off by itself.</source>
            <translation>这道防护可以单独关闭。</translation>
        </message>
        <message>
            <source>This machine cannot be stopped from inside, so there is only an alarm</source>
            <translation>这台机器无法从内部关机，只能报警</translation>
        </message>
        <message>
            <source>What stopping means at {vendor}</source>
            <translation>在 {vendor} 关机意味着什么</translation>
        </message>
        <message>
            <source>When everything is done and a verified copy is safe, stop the machine after</source>
            <translation>全部完成、并且校验过的副本已安全保存后，多久关机</translation>
        </message>
        <message>
            <source>When everything is done, raise the alarm after</source>
            <translation>全部完成后，多久报警</translation>
        </message>
        <message>
            <source>When may {host} raise an alarm?</source>
            <translation>什么时候让 {host} 报警？</translation>
        </message>
        <message>
            <source>When nothing goes on (no run, no transfer, no load), raise the alarm after</source>
            <translation>没有任何动静（没有训练、传输和负载）时，多久报警</translation>
        </message>
        <message>
            <source>When nothing goes on (no run, no transfer, no load), stop it after</source>
            <translation>没有任何动静（没有训练、传输和负载）时，多久关机</translation>
        </message>
        <message>
            <source>Where a stop would lose the only copy of a result, there is an alarm instead.</source>
            <translation>如果关机会丢失成果的唯一副本，就改为报警。</translation>
        </message>
        <message>
            <source>Without a price hours are counted, and the limit in money does nothing.</source>
            <translation>不填价格时只计小时数，金额上限不起作用。</translation>
        </message>
        <message>
            <source>You pay for this machine as long as it runs. These guards watch the meter on the machine itself, so they work while this computer sleeps. Every one of them counts down first, can be called off, and never deletes anything.</source>
            <translation>这台机器只要开着就要付费。看守程序在机器上盯着计费，所以这台电脑休眠时也有效。每次都先倒计时，可以取消，并且从不删除任何东西。</translation>
        </message>
        <message>
            <source>min</source>
            <translation>分钟</translation>
        </message>
        <message>
            <source>no limit</source>
            <translation>不限</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>未知</translation>
        </message>
    </context>
    <context>
        <name>History</name>
        <message>
            <source>At first</source>
            <translation>最初</translation>
        </message>
        <message>
            <source>By another program</source>
            <translation>由其他程序</translation>
        </message>
        <message>
            <source>By machine</source>
            <translation>由机器</translation>
        </message>
        <message>
            <source>Concepts</source>
            <translation>概念</translation>
        </message>
        <message>
            <source>Cropped</source>
            <translation>裁剪</translation>
        </message>
        <message>
            <source>Find and replace</source>
            <translation>查找和替换</translation>
        </message>
        <message>
            <source>Masked</source>
            <translation>蒙版</translation>
        </message>
        <message>
            <source>Put into a concept</source>
            <translation>放入概念</translation>
        </message>
        <message>
            <source>Saved filters</source>
            <translation>已保存的筛选</translation>
        </message>
        <message>
            <source>Stars</source>
            <translation>星级</translation>
        </message>
        <message>
            <source>Tags or template</source>
            <translation>标签或模板</translation>
        </message>
        <message>
            <source>Turned</source>
            <translation>旋转</translation>
        </message>
        <message>
            <source>Typed</source>
            <translation>输入</translation>
        </message>
        <message>
            <source>Verdict</source>
            <translation>判定</translation>
        </message>
        <message>
            <source>Words of the project</source>
            <translation>项目的词</translation>
        </message>
    </context>
    <context>
        <name>HistoryDialog</name>
        <message>
            <source>Bring it back</source>
            <translation>恢复它</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>History of the caption</source>
            <translation>说明的历史</translation>
        </message>
        <message>
            <source>It was never edited here.</source>
            <translation>它从未在这里编辑过。</translation>
        </message>
        <message>
            <source>The text of this version</source>
            <translation>此版本的文字</translation>
        </message>
        <message>
            <source>Versions, the newest first</source>
            <translation>各版本，最新的在前</translation>
        </message>
    </context>
    <context>
        <name>HomeBar</name>
        <message>
            <source>Bring home now</source>
            <translation>现在取回</translation>
        </message>
        <message>
            <source>Bringing home {done} of {total}</source>
            <translation>正在取回 {done} / {total}</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Its files stay on the machine for now.</source>
            <translation>它的文件暂时留在机器上。</translation>
        </message>
        <message>
            <source>Not now</source>
            <translation>暂不</translation>
        </message>
        <message>
            <source>Nothing is lost: what has arrived is used when you bring it home later.</source>
            <translation>什么都不会丢：以后再取回时，已经到达的部分会接着用。</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Paused at {done} of {total}</source>
            <translation>已暂停在 {done} / {total}</translation>
        </message>
        <message>
            <source>held to your limit</source>
            <translation>受你设定的上限限制</translation>
        </message>
        <message>
            <source>{time} left</source>
            <translation>还需 {time}</translation>
        </message>
    </context>
    <context>
        <name>HostAsking</name>
        <message>
            <source>A new address for a host</source>
            <translation>主机的新地址</translation>
        </message>
        <message>
            <source>A rented machine has a new key for a good reason when it was stopped and started again, when its image was changed or the system installed anew, or when the provider gave this address to another machine. If you did none of that, somebody may be listening in between.</source>
            <translation>租来的机器换了密钥，正当的原因有：关机后重新开机、更换了镜像或重装了系统，或者服务商把这个地址给了另一台机器。如果这些您都没做过，可能有人在中间窃听。</translation>
        </message>
        <message>
            <source>Compare the fingerprint with what your provider shows: on the page of the machine under SSH or Connect, or at the beginning of its log.</source>
            <translation>请把指纹与服务商显示的对照：在机器页面的 SSH 或 Connect 处，或在日志开头。</translation>
        </message>
        <message>
            <source>Do this only if you know why the machine has another key, for example because you rented a new one at this address. The next connection shows the new fingerprint and asks.</source>
            <translation>只有在您知道机器为何换了密钥时才这样做，例如您在这个地址租了一台新机器。下次连接时会显示新的指纹并询问您。</translation>
        </message>
        <message>
            <source>First connection to this machine</source>
            <translation>首次连接这台机器</translation>
        </message>
        <message>
            <source>Forget</source>
            <translation>忘记</translation>
        </message>
        <message>
            <source>Forget the key by which {host} is known?</source>
            <translation>要忘记 {host} 的已知密钥吗？</translation>
        </message>
        <message>
            <source>Forget the key of a host</source>
            <translation>忘记主机的密钥</translation>
        </message>
        <message>
            <source>It is my machine</source>
            <translation>这是我的机器</translation>
        </message>
        <message>
            <source>Its runs, its guards and its settings stay with it: a machine is known by what is installed on it, not by its address. If it comes up empty, it is set up again, and its runs can go on from the checkpoints that were brought here.</source>
            <translation>它的训练、看守和设置都会保留：识别机器靠的是装在上面的程序，不是地址。如果机器是空的，会重新部署，它的训练可以从带回本机的检查点继续。</translation>
        </message>
        <message>
            <source>Keep</source>
            <translation>保存</translation>
        </message>
        <message>
            <source>Keep the password</source>
            <translation>记住密码</translation>
        </message>
        <message>
            <source>Keep what you have just entered in this computer's keyring?</source>
            <translation>要把刚才输入的内容保存在这台电脑的密钥环中吗？</translation>
        </message>
        <message>
            <source>Move it there</source>
            <translation>移到新地址</translation>
        </message>
        <message>
            <source>Otherwise it is asked for again after the next start.</source>
            <translation>否则下次启动后会再次询问。</translation>
        </message>
        <message>
            <source>Passphrase</source>
            <translation>密码短语</translation>
        </message>
        <message>
            <source>Password</source>
            <translation>密码</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Remove a host</source>
            <translation>移除主机</translation>
        </message>
        <message>
            <source>Remove {host} from the list?</source>
            <translation>要从列表中移除 {host} 吗？</translation>
        </message>
        <message>
            <source>That did not open the key. The passphrase of {path}:</source>
            <translation>密码短语不正确。请输入 {path} 的密码短语：</translation>
        </message>
        <message>
            <source>The key {path} is locked with a passphrase:</source>
            <translation>密钥 {path} 有密码短语保护，请输入：</translation>
        </message>
        <message>
            <source>The machine asks</source>
            <translation>机器的提问</translation>
        </message>
        <message>
            <source>The machine itself is not touched: it goes on running, and costing, until you stop it at your provider.</source>
            <translation>机器本身不受影响：在您到服务商处停止之前，它会继续运行并计费。</translation>
        </message>
        <message>
            <source>Where it is shown nowhere, connect only if you have just rented this machine. Nothing secret was sent so far. The key is remembered, and another one at this address will be refused.</source>
            <translation>如果哪里都不显示，只有当这台机器是您刚租的时候才连接。到目前为止没有发送任何机密。密钥会被记住，这个地址再出现别的密钥会被拒绝。</translation>
        </message>
        <message>
            <source>{host} asks for the password of {user}:</source>
            <translation>{host} 要求输入 {user} 的密码：</translation>
        </message>
        <message>
            <source>{host} asks {user}: {question}</source>
            <translation>{host} 问 {user}：{question}</translation>
        </message>
        <message>
            <source>{host} did not accept that. The password of {user}:</source>
            <translation>{host} 没有接受。请输入 {user} 的密码：</translation>
        </message>
        <message>
            <source>{host} is at {after} now, no longer at {before}?</source>
            <translation>{host} 现在在 {after}，不再是 {before}？</translation>
        </message>
        <message>
            <source>{host} on port {port} shows this {kind} key:
{fingerprint}</source>
            <translation>{host} 在端口 {port} 上出示了以下 {kind} 密钥：
{fingerprint}</translation>
        </message>
    </context>
    <context>
        <name>HostCard</name>
        <message>
            <source>A training that is under way goes on without this window.</source>
            <translation>正在进行的训练不依赖这个窗口，会继续进行。</translation>
        </message>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Change …</source>
            <translation>修改…</translation>
        </message>
        <message>
            <source>Connect</source>
            <translation>连接</translation>
        </message>
        <message>
            <source>Disconnect</source>
            <translation>断开连接</translation>
        </message>
        <message>
            <source>Disks …</source>
            <translation>磁盘…</translation>
        </message>
        <message>
            <source>Forget its key …</source>
            <translation>忘记它的密钥…</translation>
        </message>
        <message>
            <source>Needs no connection; good for trying things out</source>
            <translation>无需连接，适合试用</translation>
        </message>
        <message>
            <source>Paste a new SSH command here (Ctrl+V) when the machine has another address.</source>
            <translation>机器换了地址时，把新的 SSH 命令粘贴到这里（Ctrl+V）。</translation>
        </message>
        <message>
            <source>Remove …</source>
            <translation>移除…</translation>
        </message>
        <message>
            <source>See what is kept there, free it, or wipe everything of yours</source>
            <translation>查看那里保存了什么，释放空间，或清除您的一切</translation>
        </message>
        <message>
            <source>Set up and start</source>
            <translation>配置并启动</translation>
        </message>
        <message>
            <source>This computer</source>
            <translation>这台电脑</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>重试</translation>
        </message>
        <message>
            <source>Try now</source>
            <translation>立即重试</translation>
        </message>
        <message>
            <source>last heard {time} ago</source>
            <translation>{time}前有过消息</translation>
        </message>
    </context>
    <context>
        <name>HostFacts</name>
        <message>
            <source>Disk {path}</source>
            <translation>磁盘 {path}</translation>
        </message>
        <message>
            <source>Driver</source>
            <translation>驱动</translation>
        </message>
        <message>
            <source>Graphics card</source>
            <translation>显卡</translation>
        </message>
        <message>
            <source>Graphics memory</source>
            <translation>显存</translation>
        </message>
        <message>
            <source>Main memory</source>
            <translation>内存</translation>
        </message>
        <message>
            <source>None: training runs on the processor, which is slow</source>
            <translation>无：在处理器上训练，速度较慢</translation>
        </message>
        <message>
            <source>Processors</source>
            <translation>处理器</translation>
        </message>
        <message>
            <source>System</source>
            <translation>系统</translation>
        </message>
        <message>
            <source>{free} free of {total}</source>
            <translation>剩余 {free}，共 {total}</translation>
        </message>
        <message>
            <source>{total}, {free} free</source>
            <translation>共 {total}，剩余 {free}</translation>
        </message>
    </context>
    <context>
        <name>HostState</name>
        <message>
            <source>Connected</source>
            <translation>已连接</translation>
        </message>
        <message>
            <source>Connecting</source>
            <translation>正在连接</translation>
        </message>
        <message>
            <source>Connection lost, last heard {time} ago.</source>
            <translation>连接已断开，{time}前有过消息。</translation>
        </message>
        <message>
            <source>No answer, last heard {time} ago</source>
            <translation>没有响应，上次响应在 {time} 前</translation>
        </message>
        <message>
            <source>Not connected</source>
            <translation>未连接</translation>
        </message>
        <message>
            <source>Not started</source>
            <translation>未启动</translation>
        </message>
        <message>
            <source>Ready</source>
            <translation>就绪</translation>
        </message>
        <message>
            <source>Starting</source>
            <translation>正在启动</translation>
        </message>
        <message>
            <source>Trying again in {time}.</source>
            <translation>{time}后重试。</translation>
        </message>
    </context>
    <context>
        <name>HostsPage</name>
        <message>
            <source>Choose your private key</source>
            <translation>选择您的私钥</translation>
        </message>
        <message>
            <source>Hosts</source>
            <translation>主机</translation>
        </message>
        <message>
            <source>The machines that can train for you. Yours needs no graphics card.</source>
            <translation>可以为您训练的机器。您自己的电脑不需要显卡。</translation>
        </message>
    </context>
    <context>
        <name>HostsViewModel</name>
        <message>
            <source>This computer</source>
            <translation>这台电脑</translation>
        </message>
    </context>
    <context>
        <name>ImportDialog</name>
        <message>
            <source>Import a plan</source>
            <translation>导入计划</translation>
        </message>
        <message>
            <source>It was made for {family}, and this plan is for {own}. Look at the resolution and the rate.</source>
            <translation>它是为 {family} 制作的，而此计划针对 {own}。请查看分辨率和学习率。</translation>
        </message>
        <message>
            <source>Keep as a preset…</source>
            <translation>保留为预设…</translation>
        </message>
        <message>
            <source>Left out, because there is no such setting here: {names}</source>
            <translation>已略去，因为这里没有这样的设置：{names}</translation>
        </message>
        <message>
            <source>Settings that would change: {count}. Base model, pictures, trigger and class word stay yours.</source>
            <translation>将会更改的设置：{count}。基础模型、图片、触发词和类别词保持不变。</translation>
        </message>
        <message>
            <source>Take them over</source>
            <translation>采用它们</translation>
        </message>
        <message>
            <source>The file</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>This plan</source>
            <translation>此计划</translation>
        </message>
        <message>
            <source>… and {count} more</source>
            <translation>……以及另外 {count} 项</translation>
        </message>
    </context>
    <context>
        <name>JobState</name>
        <message>
            <source>Failed</source>
            <translation>失败</translation>
        </message>
        <message>
            <source>Finished</source>
            <translation>已完成</translation>
        </message>
        <message>
            <source>Interrupted</source>
            <translation>已中断</translation>
        </message>
        <message>
            <source>Not sent yet</source>
            <translation>尚未发送</translation>
        </message>
        <message>
            <source>On hold</source>
            <translation>已暂缓</translation>
        </message>
        <message>
            <source>Paused</source>
            <translation>已暂停</translation>
        </message>
        <message>
            <source>Preparing</source>
            <translation>准备中</translation>
        </message>
        <message>
            <source>Stopped</source>
            <translation>已停止</translation>
        </message>
        <message>
            <source>Stopping</source>
            <translation>正在停止</translation>
        </message>
        <message>
            <source>Training</source>
            <translation>训练中</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>排队中</translation>
        </message>
    </context>
    <context>
        <name>JudgeBar</name>
        <message>
            <source>Keep (K)</source>
            <translation>保留（K）</translation>
        </message>
        <message>
            <source>Reject (X)</source>
            <translation>舍弃（X）</translation>
        </message>
        <message>
            <source>Stars: {count} (key {count})</source>
            <translation>星级：{count}（按键 {count}）</translation>
        </message>
        <message>
            <source>Unsure (U)</source>
            <translation>待定（U）</translation>
        </message>
    </context>
    <context>
        <name>LaunchBar</name>
        <message>
            <source>Cancel</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Connecting to the machine</source>
            <translation>正在连接机器</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Held back by the limit that you have set.</source>
            <translation>被您设置的限速拦住。</translation>
        </message>
        <message>
            <source>Keep open: {time} of upload left</source>
            <translation>请不要合上：还要上传 {time}</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Preparing the approved pictures</source>
            <translation>正在准备已采用的图片</translation>
        </message>
        <message>
            <source>Sending is paused. Nothing is lost; go on whenever you like.</source>
            <translation>发送已暂停。什么都不会丢失，随时可以继续。</translation>
        </message>
        <message>
            <source>Sending the base model. Keep this computer open.</source>
            <translation>正在发送底模。请不要合上电脑。</translation>
        </message>
        <message>
            <source>Sending the checkpoint. Keep this computer open.</source>
            <translation>正在发送检查点，请不要关闭电脑。</translation>
        </message>
        <message>
            <source>Sending the pictures. Keep this computer open.</source>
            <translation>正在发送图片。请不要合上电脑。</translation>
        </message>
        <message>
            <source>Starting the run</source>
            <translation>正在启动训练</translation>
        </message>
        <message>
            <source>The machine is far away: each answer takes its time.</source>
            <translation>机器很远：每次应答都要等一会儿。</translation>
        </message>
        <message>
            <source>The machine takes it in no faster, probably because of its disk.</source>
            <translation>机器那边收不了更快，可能是磁盘的缘故。</translation>
        </message>
        <message>
            <source>This is what your line can send.</source>
            <translation>这就是您线路的上传速度。</translation>
        </message>
        <message>
            <source>You can close the lid now: everything is on the machine</source>
            <translation>现在可以合上盖子了：一切都已在机器上</translation>
        </message>
        <message>
            <source>{done} of {total} files</source>
            <translation>{done} / {total} 个文件</translation>
        </message>
    </context>
    <context>
        <name>LaunchViewModel</name>
        <message>
            <source>It uses the same pictures and the same settings.</source>
            <translation>使用同样的图片和同样的设置。</translation>
        </message>
        <message>
            <source>No checkpoint is here</source>
            <translation>本机没有检查点</translation>
        </message>
        <message>
            <source>No checkpoint of {run} was brought to this computer. Train it from the beginning?</source>
            <translation>{run} 没有检查点带回这台电脑。要从头训练吗？</translation>
        </message>
        <message>
            <source>Train from the beginning</source>
            <translation>从头训练</translation>
        </message>
    </context>
    <context>
        <name>LidSign</name>
        <message>
            <source>Keep the lid open: something is still being sent.</source>
            <translation>请勿合上盖子：仍在发送。</translation>
        </message>
        <message>
            <source>Keep the lid open: this computer trains.</source>
            <translation>请勿合上盖子：本机正在训练。</translation>
        </message>
        <message>
            <source>You can close the lid: the machine goes on by itself.</source>
            <translation>可以合上盖子：机器会自行继续。</translation>
        </message>
    </context>
    <context>
        <name>LinkLine</name>
        <message>
            <source>Connect</source>
            <translation>连接</translation>
        </message>
        <message>
            <source>Try now</source>
            <translation>立即重试</translation>
        </message>
        <message>
            <source>the run goes on</source>
            <translation>训练仍在继续</translation>
        </message>
    </context>
    <context>
        <name>LoadPanel</name>
        <message>
            <source>As it was {time} ago, when this machine was heard last:</source>
            <translation>{time}前的状态，那时最后一次收到这台机器的消息：</translation>
        </message>
        <message>
            <source>Disk {path}</source>
            <translation>磁盘 {path}</translation>
        </message>
        <message>
            <source>Graphics card</source>
            <translation>显卡</translation>
        </message>
        <message>
            <source>Load</source>
            <translation>负载</translation>
        </message>
        <message>
            <source>Memory</source>
            <translation>显存</translation>
        </message>
        <message>
            <source>Temperature</source>
            <translation>温度</translation>
        </message>
        <message>
            <source>Used</source>
            <translation>已用</translation>
        </message>
        <message>
            <source>nearly full</source>
            <translation>快满了</translation>
        </message>
        <message>
            <source>{used} of {total}</source>
            <translation>{used} / {total}</translation>
        </message>
    </context>
    <context>
        <name>LookBar</name>
        <message>
            <source>Names and captions below the pictures (T)</source>
            <translation>图片下方显示名称和说明（T）</translation>
        </message>
        <message>
            <source>On to the next picture after a verdict or stars</source>
            <translation>判定或评星后跳到下一张</translation>
        </message>
        <message>
            <source>Size of the pictures (Ctrl and the wheel, + and −)</source>
            <translation>图片大小（Ctrl 加滚轮、+ 和 −）</translation>
        </message>
    </context>
    <context>
        <name>Machine</name>
        <message>
            <source>At most {money} in all.</source>
            <translation>总共最多 {money}。</translation>
        </message>
        <message>
            <source>At most {time} in all.</source>
            <translation>总共最多 {time}。</translation>
        </message>
        <message>
            <source>Does not stop when nothing is left to do.</source>
            <translation>无事可做时不会停机。</translation>
        </message>
        <message>
            <source>Everything is done. The alarm comes in {time}: this machine must be stopped at your provider.</source>
            <translation>全部完成。{time}后报警：这台机器必须到服务商那里关机。</translation>
        </message>
        <message>
            <source>Everything is done. The machine stops itself in {time}.</source>
            <translation>全部完成。机器将在 {time}后自己关机。</translation>
        </message>
        <message>
            <source>Nothing goes on here. The alarm comes in {time}: this machine must be stopped at your provider.</source>
            <translation>这里没有任何动静。{time}后报警：这台机器必须到服务商那里关机。</translation>
        </message>
        <message>
            <source>Nothing goes on here. The machine stops itself in {time}.</source>
            <translation>这里没有任何动静。机器将在 {time}后自己关机。</translation>
        </message>
        <message>
            <source>Raises an alarm after {idle} without work.</source>
            <translation>空闲 {idle} 后发出警报。</translation>
        </message>
        <message>
            <source>Raises an alarm {finished} after the last run, or after {idle} without work.</source>
            <translation>最后一次训练结束 {finished}后，或空闲 {idle}后报警。</translation>
        </message>
        <message>
            <source>Raises an alarm {finished} after the last run.</source>
            <translation>最后一次训练结束 {finished} 后发出警报。</translation>
        </message>
        <message>
            <source>Running for {time}</source>
            <translation>已运行 {time}</translation>
        </message>
        <message>
            <source>Running for {time}, {money} so far</source>
            <translation>已运行 {time}，到目前为止 {money}</translation>
        </message>
        <message>
            <source>Stop ordered at {time}, then it went silent. Your provider has not confirmed it: look there.</source>
            <translation>{time} 下令关机，之后失去联系。服务商还没有确认，请去那里查看。</translation>
        </message>
        <message>
            <source>Stop ordered at {time}. The machine still answers.</source>
            <translation>{time} 下令关机。机器仍有应答。</translation>
        </message>
        <message>
            <source>Stopped at {time}. Your provider has confirmed it.</source>
            <translation>{time} 已关机，服务商已确认。</translation>
        </message>
        <message>
            <source>Stops after {idle} without work.</source>
            <translation>空闲 {idle} 后停机。</translation>
        </message>
        <message>
            <source>Stops {finished} after the last run, or after {idle} without work.</source>
            <translation>最后一次训练结束 {finished}后，或空闲 {idle}后关机。</translation>
        </message>
        <message>
            <source>Stops {finished} after the last run.</source>
            <translation>最后一次训练结束 {finished} 后停机。</translation>
        </message>
        <message>
            <source>The guards are off: this machine goes on costing until you stop it.</source>
            <translation>看守已关闭：在您关机之前，这台机器会一直计费。</translation>
        </message>
        <message>
            <source>The guards wait: nothing is stopped for {time}.</source>
            <translation>看守在等待：{time}内不会关机。</translation>
        </message>
        <message>
            <source>The limit is called off, until you change the guards.</source>
            <translation>上限已取消，直到你更改防护设置。</translation>
        </message>
        <message>
            <source>The limit that you set is near. In {time} the run is saved and the machine stops itself.</source>
            <translation>接近您设置的上限。{time}后保存进度，然后机器自己关机。</translation>
        </message>
        <message>
            <source>The limit that you set is near. The alarm comes in {time}: stop the machine at your provider.</source>
            <translation>接近您设置的上限。{time}后报警：请到服务商那里关机。</translation>
        </message>
        <message>
            <source>The machine could stop, but the only copy of {runs} is there. Bring it home first.</source>
            <translation>机器本可以关机，但 {runs} 的唯一副本在那里。请先带回本机。</translation>
        </message>
        <message>
            <source>The stop after the last run is called off, until another run goes on.</source>
            <translation>最后一次训练后的停机已取消，直到另一次训练开始。</translation>
        </message>
        <message>
            <source>The stop at {time} was refused. The machine goes on costing: stop it yourself.</source>
            <translation>{time} 的关机命令被拒绝。机器仍在计费：请您自己关机。</translation>
        </message>
        <message>
            <source>The stop without work is called off, until something goes on again.</source>
            <translation>空闲停机已取消，直到又有事情进行。</translation>
        </message>
        <message>
            <source>room for {count} more files</source>
            <translation>还能放 {count} 个文件</translation>
        </message>
    </context>
    <context>
        <name>MachinesCard</name>
        <message>
            <source>As planned it needs {memory} of graphics memory.</source>
            <translation>按计划需要 {memory} 显存。</translation>
        </message>
        <message>
            <source>These are the smallest cards that would do. Rent one and add it on the Hosts page.</source>
            <translation>以下是足够用的最小显卡。请租用一块，并在“主机”页面添加。</translation>
        </message>
        <message>
            <source>Where it runs</source>
            <translation>在哪里运行</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Found before the training</source>
            <translation>训练前发现的问题</translation>
        </message>
        <message>
            <source>Free space …</source>
            <translation>腾出空间…</translation>
        </message>
    </context>
    <context>
        <name>MaskView</name>
        <message>
            <source>All of the picture is learned. Paint what is to be learned alone.</source>
            <translation>整张图片都会被学习。请涂出只需学习的部分。</translation>
        </message>
        <message>
            <source>Brush</source>
            <translation>画笔</translation>
        </message>
        <message>
            <source>Brush (B), fill by colour (G), rectangle (R)</source>
            <translation>画笔（B）、按颜色填充（G）、矩形（R）</translation>
        </message>
        <message>
            <source>Change with E; the right button paints the other one.</source>
            <translation>用 E 切换；右键涂另一种。</translation>
        </message>
        <message>
            <source>Exchange what is learned and what is left out (I)</source>
            <translation>交换学习与排除的部分（I）</translation>
        </message>
        <message>
            <source>Faces</source>
            <translation>人脸</translation>
        </message>
        <message>
            <source>Fill</source>
            <translation>填充</translation>
        </message>
        <message>
            <source>Hardness</source>
            <translation>硬度</translation>
        </message>
        <message>
            <source>Invert</source>
            <translation>反转</translation>
        </message>
        <message>
            <source>Learn</source>
            <translation>学习</translation>
        </message>
        <message>
            <source>Learn the heads in the picture alone</source>
            <translation>只学习图片中的头部</translation>
        </message>
        <message>
            <source>Learn what is opaque in the picture</source>
            <translation>学习图片中不透明的部分</translation>
        </message>
        <message>
            <source>Leave out</source>
            <translation>排除</translation>
        </message>
        <message>
            <source>No mask</source>
            <translation>没有蒙版</translation>
        </message>
        <message>
            <source>Nothing is left to learn: paint some of it, or remove the mask.</source>
            <translation>没有剩下可学习的部分：请涂出一些，或移除蒙版。</translation>
        </message>
        <message>
            <source>Paint</source>
            <translation>涂抹</translation>
        </message>
        <message>
            <source>Paint with the left button, the other way with the right one. Ctrl and wheel: size.</source>
            <translation>左键涂抹，右键相反。Ctrl 加滚轮：大小。</translation>
        </message>
        <message>
            <source>Picture with its mask</source>
            <translation>图片及其蒙版</translation>
        </message>
        <message>
            <source>Rectangle</source>
            <translation>矩形</translation>
        </message>
        <message>
            <source>Rectangular</source>
            <translation>方形</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Remove the mask: all of the picture is learned</source>
            <translation>移除蒙版：整张图片都会被学习</translation>
        </message>
        <message>
            <source>Round</source>
            <translation>圆形</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>The plan makes no use of masks now.</source>
            <translation>目前的计划不使用蒙版。</translation>
        </message>
        <message>
            <source>Tolerance</source>
            <translation>容差</translation>
        </message>
        <message>
            <source>Tool</source>
            <translation>工具</translation>
        </message>
        <message>
            <source>Transparency</source>
            <translation>透明度</translation>
        </message>
        <message>
            <source>Use masks in training</source>
            <translation>训练时使用蒙版</translation>
        </message>
        <message>
            <source>Veil</source>
            <translation>遮罩</translation>
        </message>
        <message>
            <source>What lies behind the veil is left out.</source>
            <translation>遮罩后面的部分被排除。</translation>
        </message>
        <message>
            <source>Whole mask</source>
            <translation>整个蒙版</translation>
        </message>
        <message>
            <source>{percent} % is learned</source>
            <translation>学习 {percent} %</translation>
        </message>
    </context>
    <context>
        <name>MatrixMode</name>
        <message>
            <source>Back to the pictures (Esc)</source>
            <translation>返回图片（Esc）</translation>
        </message>
        <message>
            <source>Click the pictures that have the tag. Y and N answer and go on; the space bar changes.</source>
            <translation>点击带有该标签的图片。Y 和 N 作答并继续；空格键切换。</translation>
        </message>
        <message>
            <source>Pictures with and without the tag</source>
            <translation>有和没有该标签的图片</translation>
        </message>
        <message>
            <source>Which tag?</source>
            <translation>哪个标签？</translation>
        </message>
        <message>
            <source>{count} of {total} have it</source>
            <translation>{total} 张中有 {count} 张带有它</translation>
        </message>
    </context>
    <context>
        <name>ModeBar</name>
        <message>
            <source>More</source>
            <translation>更多</translation>
        </message>
    </context>
    <context>
        <name>ModelDetails</name>
        <message>
            <source>Alpha</source>
            <translation>缩放系数 (alpha)</translation>
        </message>
        <message>
            <source>Base model</source>
            <translation>底模</translation>
        </message>
        <message>
            <source>Copied</source>
            <translation>已复制</translation>
        </message>
        <message>
            <source>Copy</source>
            <translation>复制</translation>
        </message>
        <message>
            <source>File</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Hide all settings</source>
            <translation>收起全部设置</translation>
        </message>
        <message>
            <source>How to use it</source>
            <translation>使用方法</translation>
        </message>
        <message>
            <source>Model family</source>
            <translation>模型系列</translation>
        </message>
        <message>
            <source>None</source>
            <translation>无</translation>
        </message>
        <message>
            <source>Prompt that uses this LoRA</source>
            <translation>使用此 LoRA 的提示词</translation>
        </message>
        <message>
            <source>Put the file into the folder models/Lora of WebUI or Forge and begin your prompt with this line. In ComfyUI, put it into models/loras, choose it in the node Load LoRA and use the words behind the brackets.</source>
            <translation>把文件放入 WebUI 或 Forge 的 models/Lora 文件夹，并以这一行作为提示词的开头。在 ComfyUI 中，放入 models/loras，在 Load LoRA 节点中选择它，并使用尖括号之后的词。</translation>
        </message>
        <message>
            <source>Rank</source>
            <translation>秩 (rank)</translation>
        </message>
        <message>
            <source>Resolution</source>
            <translation>分辨率</translation>
        </message>
        <message>
            <source>Saved</source>
            <translation>保存时间</translation>
        </message>
        <message>
            <source>Self-check passed: complete, and every part acts.</source>
            <translation>自检通过：文件完整，各部分均有效果。</translation>
        </message>
        <message>
            <source>Show all settings</source>
            <translation>显示全部设置</translation>
        </message>
        <message>
            <source>Show in folder</source>
            <translation>在文件夹中显示</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步数</translation>
        </message>
        <message>
            <source>The check has found something wrong with this file.</source>
            <translation>检查发现此文件有问题。</translation>
        </message>
        <message>
            <source>The file is being checked …</source>
            <translation>正在检查文件…</translation>
        </message>
        <message>
            <source>Trigger word</source>
            <translation>触发词 (trigger)</translation>
        </message>
    </context>
    <context>
        <name>ModelsPage</name>
        <message>
            <source>Finished LoRAs</source>
            <translation>已完成的 LoRA</translation>
        </message>
        <message>
            <source>Finished LoRAs on this computer, each one checked when it came home.</source>
            <translation>这台电脑上已完成的 LoRA，每个在取回时都经过检查。</translation>
        </message>
        <message>
            <source>Look again</source>
            <translation>重新查看</translation>
        </message>
        <message>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>No trigger word</source>
            <translation>没有触发词</translation>
        </message>
        <message>
            <source>Open folder</source>
            <translation>打开文件夹</translation>
        </message>
        <message>
            <source>This file cannot be read.</source>
            <translation>无法读取此文件。</translation>
        </message>
        <message>
            <source>Trigger word: {word}</source>
            <translation>触发词：{word}</translation>
        </message>
        <message>
            <source>{family} · rank {rank}</source>
            <translation>{family} · 秩 {rank}</translation>
        </message>
    </context>
    <context>
        <name>Notice</name>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
    </context>
    <context>
        <name>OfferBar</name>
        <message>
            <source>As concepts they keep these numbers, which you can change. Nothing is moved or renamed.</source>
            <translation>作为概念，它们保留这些数字，您可以更改。不会移动或重命名任何文件。</translation>
        </message>
        <message>
            <source>Decide later</source>
            <translation>稍后决定</translation>
        </message>
        <message>
            <source>Each its own</source>
            <translation>各自拥有</translation>
        </message>
        <message>
            <source>No, thanks</source>
            <translation>不，谢谢</translation>
        </message>
        <message>
            <source>One caption for all</source>
            <translation>共用一条说明</translation>
        </message>
        <message>
            <source>Take them as concepts</source>
            <translation>作为概念采用</translation>
        </message>
        <message>
            <source>The names of folders tell how often their pictures are learned: {concepts}.</source>
            <translation>文件夹的名称说明了其中图片的学习次数：{concepts}。</translation>
        </message>
    </context>
    <context>
        <name>Order</name>
        <message>
            <source>Black share</source>
            <translation>黑色占比</translation>
        </message>
        <message>
            <source>Blur</source>
            <translation>模糊度</translation>
        </message>
        <message>
            <source>Border share</source>
            <translation>边框占比</translation>
        </message>
        <message>
            <source>Brightness</source>
            <translation>亮度</translation>
        </message>
        <message>
            <source>Burnt-out share</source>
            <translation>过曝占比</translation>
        </message>
        <message>
            <source>Concept</source>
            <translation>概念</translation>
        </message>
        <message>
            <source>Date</source>
            <translation>日期</translation>
        </message>
        <message>
            <source>File size</source>
            <translation>文件大小</translation>
        </message>
        <message>
            <source>Length of the caption</source>
            <translation>说明长度</translation>
        </message>
        <message>
            <source>Likeness</source>
            <translation>相似度</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <source>Noise</source>
            <translation>噪点</translation>
        </message>
        <message>
            <source>Pixels</source>
            <translation>像素</translation>
        </message>
        <message>
            <source>Random</source>
            <translation>随机</translation>
        </message>
        <message>
            <source>Shorter side</source>
            <translation>短边</translation>
        </message>
        <message>
            <source>Stars</source>
            <translation>星级</translation>
        </message>
        <message>
            <source>Tokens of the caption</source>
            <translation>说明的词元数</translation>
        </message>
        <message>
            <source>Verdict</source>
            <translation>判定</translation>
        </message>
        <message>
            <source>Width by height</source>
            <translation>宽高比</translation>
        </message>
    </context>
    <context>
        <name>OrderButton</name>
        <message>
            <source>Largest, newest, Z first</source>
            <translation>最大、最新、Z 在前</translation>
        </message>
        <message>
            <source>Shuffle</source>
            <translation>打乱</translation>
        </message>
        <message>
            <source>Smallest, oldest, A first</source>
            <translation>最小、最旧、A 在前</translation>
        </message>
        <message>
            <source>Sort by</source>
            <translation>排序方式</translation>
        </message>
        <message>
            <source>Sort edited pictures again</source>
            <translation>将编辑过的图片重新排序</translation>
        </message>
        <message>
            <source>Sorted by: {what}</source>
            <translation>排序方式：{what}</translation>
        </message>
    </context>
    <context>
        <name>Page</name>
        <message>
            <source>Dataset</source>
            <translation>数据集</translation>
        </message>
        <message>
            <source>Hosts</source>
            <translation>主机</translation>
        </message>
        <message>
            <source>Models</source>
            <translation>模型</translation>
        </message>
        <message>
            <source>Plan</source>
            <translation>计划</translation>
        </message>
        <message>
            <source>Runs</source>
            <translation>训练</translation>
        </message>
    </context>
    <context>
        <name>Param</name>
        <message>
            <source>A factor on the estimate itself. Below 1 learns more gently.</source>
            <translation>对估计值本身的系数。小于 1 学得更温和。</translation>
        </message>
        <message>
            <source>A factor on the rate that it finds. Leave it at 1.</source>
            <translation>对它找到的学习率的系数。保持为 1 即可。</translation>
        </message>
        <message>
            <source>A little noise that the model is not told of. It makes the result more robust. 0.1 is usual.</source>
            <translation>一点不告诉模型的噪声，使结果更稳健。通常为 0.1。</translation>
        </message>
        <message>
            <source>A small number that avoids division by zero.</source>
            <translation>一个极小的数，用来避免除以零。</translation>
        </message>
        <message>
            <source>Accumulation</source>
            <translation>梯度累积 (accumulation)</translation>
        </message>
        <message>
            <source>Alpha</source>
            <translation>缩放系数 (alpha)</translation>
        </message>
        <message>
            <source>Alpha of the adapters beside convolutions.</source>
            <translation>卷积旁适配器的 alpha。</translation>
        </message>
        <message>
            <source>An existing LoRA that the run begins with: a file on the training machine. It must be of the same family, kind and rank.</source>
            <translation>训练从一个已有的 LoRA 开始：训练机器上的一个文件。家族、种类和秩必须相同。</translation>
        </message>
        <message>
            <source>Approved pictures in this folder below that of the project are regularisation pictures. They get no trigger word.</source>
            <translation>项目文件夹下这个子文件夹里已批准的图片是正则化图片。它们不加触发词。</translation>
        </message>
        <message>
            <source>At so many degrees of noise, evenly apart, the error of each held-out picture is measured.</source>
            <translation>在这么多个均匀分布的噪声程度上，测量每张留出图片的误差。</translation>
        </message>
        <message>
            <source>Base model</source>
            <translation>底模</translation>
        </message>
        <message>
            <source>Batch</source>
            <translation>批大小 (batch)</translation>
        </message>
        <message>
            <source>Batches added up before each step. Acts like a larger batch without needing more memory.</source>
            <translation>每一步之前累加多少个批次。效果相当于更大的批，而不增加显存占用。</translation>
        </message>
        <message>
            <source>Beta 1</source>
            <translation>一阶动量 (beta 1)</translation>
        </message>
        <message>
            <source>Beta 2</source>
            <translation>二阶动量 (beta 2)</translation>
        </message>
        <message>
            <source>Bias correction</source>
            <translation>偏差校正</translation>
        </message>
        <message>
            <source>Boldness</source>
            <translation>大胆程度</translation>
        </message>
        <message>
            <source>Caption dropout</source>
            <translation>描述丢弃率 (caption dropout)</translation>
        </message>
        <message>
            <source>Caption style</source>
            <translation>描述形式</translation>
        </message>
        <message>
            <source>Checkpoint every</source>
            <translation>检查点间隔</translation>
        </message>
        <message>
            <source>Checkpoints and the finished file.</source>
            <translation>检查点与最终文件。</translation>
        </message>
        <message>
            <source>Class word</source>
            <translation>类别词 (class)</translation>
        </message>
        <message>
            <source>Clipping</source>
            <translation>更新裁剪 (clipping)</translation>
        </message>
        <message>
            <source>Compile</source>
            <translation>编译</translation>
        </message>
        <message>
            <source>Computes parts twice to need much less memory. About a third slower, the result is the same.</source>
            <translation>部分内容计算两遍，从而大幅节省显存。速度约慢三分之一，结果相同。</translation>
        </message>
        <message>
            <source>Continue from</source>
            <translation>接着训练</translation>
        </message>
        <message>
            <source>Convolution alpha</source>
            <translation>卷积 alpha</translation>
        </message>
        <message>
            <source>Convolution rank</source>
            <translation>卷积秩</translation>
        </message>
        <message>
            <source>Count in</source>
            <translation>计数方式</translation>
        </message>
        <message>
            <source>Cycles</source>
            <translation>周期数</translation>
        </message>
        <message>
            <source>Degrees of noise</source>
            <translation>噪声程度数</translation>
        </message>
        <message>
            <source>DoRA</source>
            <translation>DoRA</translation>
        </message>
        <message>
            <source>EMA</source>
            <translation>EMA</translation>
        </message>
        <message>
            <source>Epochs</source>
            <translation>轮数 (epoch)</translation>
        </message>
        <message>
            <source>Epsilon</source>
            <translation>极小值 (epsilon)</translation>
        </message>
        <message>
            <source>Errors well above this count by their size, smaller ones by their square.</source>
            <translation>远大于此值的误差按大小计算，较小的按平方计算。</translation>
        </message>
        <message>
            <source>Factor</source>
            <translation>因子</translation>
        </message>
        <message>
            <source>File precision</source>
            <translation>文件精度</translation>
        </message>
        <message>
            <source>First guess</source>
            <translation>最初的猜测</translation>
        </message>
        <message>
            <source>Floor</source>
            <translation>下限 (floor)</translation>
        </message>
        <message>
            <source>Folder of your own</source>
            <translation>你自己的文件夹</translation>
        </message>
        <message>
            <source>Gradient checkpointing</source>
            <translation>梯度检查点 (gradient checkpointing)</translation>
        </message>
        <message>
            <source>Gradient clipping</source>
            <translation>梯度裁剪 (gradient clipping)</translation>
        </message>
        <message>
            <source>Graphics cards</source>
            <translation>显卡数</translation>
        </message>
        <message>
            <source>Guidance</source>
            <translation>引导强度 (CFG)</translation>
        </message>
        <message>
            <source>Held-out share</source>
            <translation>留出比例</translation>
        </message>
        <message>
            <source>How early the rate falls. 1 is a line, larger falls early.</source>
            <translation>学习率多早下降。1 为直线，越大下降越早。</translation>
        </message>
        <message>
            <source>How errors are counted. Huber counts large ones less, so that odd pictures pull less.</source>
            <translation>误差如何计算。Huber 对大误差计得轻，使古怪的图片影响较小。</translation>
        </message>
        <message>
            <source>How far every weight moves in each step.</source>
            <translation>每一步中每个权重移动多远。</translation>
        </message>
        <message>
            <source>How large each step is, relative to the size of the weights.</source>
            <translation>每一步的幅度，相对于权重的大小。</translation>
        </message>
        <message>
            <source>How large each step is. Higher than with AdamW.</source>
            <translation>每一步有多大。比 AdamW 的高。</translation>
        </message>
        <message>
            <source>How large each step is. Too high forgets and breaks, too low learns nothing.</source>
            <translation>每一步的幅度。太高会遗忘甚至崩坏，太低则什么也学不到。</translation>
        </message>
        <message>
            <source>How large each step of the first text encoder is. 0 takes half of the denoiser's, which is usual.</source>
            <translation>第一个文本编码器每一步有多大。0 取去噪网络的一半，这是通常的做法。</translation>
        </message>
        <message>
            <source>How large each step of the second text encoder is. 0 takes half of the denoiser's, which is usual.</source>
            <translation>第二个文本编码器每一步有多大。0 取去噪网络的一半，这是通常的做法。</translation>
        </message>
        <message>
            <source>How long and how much at once.</source>
            <translation>训练多久，一次处理多少。</translation>
        </message>
        <message>
            <source>How long the direction is remembered.</source>
            <translation>方向被记住多久。</translation>
        </message>
        <message>
            <source>How long the direction of past steps is remembered.</source>
            <translation>对以往步进方向的记忆有多长。</translation>
        </message>
        <message>
            <source>How long the size of past gradients is remembered.</source>
            <translation>对以往梯度大小的记忆有多长。</translation>
        </message>
        <message>
            <source>How many cards of the machine train together. They share the pictures of each step, so the result is the same. 0 takes all there are.</source>
            <translation>机器上有多少块显卡一同训练。它们分担每一步的图片，结果相同。0 表示全部使用。</translation>
        </message>
        <message>
            <source>How many of the newest checkpoints are kept.</source>
            <translation>保留最近多少个检查点。</translation>
        </message>
        <message>
            <source>How much an error on a regularisation picture counts beside one on yours.</source>
            <translation>正则化图片上的误差相对于你的图片占多少分量。</translation>
        </message>
        <message>
            <source>How much an error outside the mask counts.</source>
            <translation>蒙版之外的误差占多少分量。</translation>
        </message>
        <message>
            <source>How much each degree of noise counts. Min-SNR keeps the easy ones from taking over and learns faster.</source>
            <translation>每个噪声程度占多少分量。Min-SNR 防止容易的程度占上风，学得更快。</translation>
        </message>
        <message>
            <source>How much of the past there is in the direction of a step.</source>
            <translation>一步的方向里含有多少过去。</translation>
        </message>
        <message>
            <source>How much the LoRA can remember. 8 to 32 suits a character or an object, 32 to 64 a style.</source>
            <translation>LoRA 能记住多少内容。角色或物品适合 8 到 32，画风适合 32 到 64。</translation>
        </message>
        <message>
            <source>How much the adapters of the text encoders can remember. 0 takes the rank of the denoiser's.</source>
            <translation>文本编码器的适配器能记住多少。0 取去噪网络的秩。</translation>
        </message>
        <message>
            <source>How much weaker each coarser layer is than the one before.</source>
            <translation>每层较粗的噪声比前一层弱多少。</translation>
        </message>
        <message>
            <source>How near to the average the training stays.</source>
            <translation>训练离平均值多近。</translation>
        </message>
        <message>
            <source>How often each picture is seen in one epoch.</source>
            <translation>每一轮中每张图片出现的次数。</translation>
        </message>
        <message>
            <source>How often each regularisation picture is seen in one epoch. 0 takes one for each of yours, in turn.</source>
            <translation>每张正则化图片在一轮里看几次。0 表示你的每张图片依次配一张。</translation>
        </message>
        <message>
            <source>How often the rate falls and starts anew.</source>
            <translation>学习率下降并重新开始多少次。</translation>
        </message>
        <message>
            <source>How strictly the test pictures follow their prompt.</source>
            <translation>样图遵循提示词的严格程度。</translation>
        </message>
        <message>
            <source>How the learning rate moves over the run.</source>
            <translation>学习率在训练过程中如何变化。</translation>
        </message>
        <message>
            <source>How the weights are moved.</source>
            <translation>以什么方式更新权重。</translation>
        </message>
        <message>
            <source>Huber width</source>
            <translation>Huber 宽度</translation>
        </message>
        <message>
            <source>Input perturbation</source>
            <translation>输入扰动</translation>
        </message>
        <message>
            <source>Keep</source>
            <translation>保留数量</translation>
        </message>
        <message>
            <source>Keeps a warmup of the rate from spoiling the estimate.</source>
            <translation>避免学习率的预热破坏估计。</translation>
        </message>
        <message>
            <source>Known things that are trained beside the new ones, so as not to forget.</source>
            <translation>在新事物旁边一同训练的已知事物，以免遗忘。</translation>
        </message>
        <message>
            <source>Layer rules</source>
            <translation>层规则</translation>
        </message>
        <message>
            <source>Layers of coarser noise that are added. 0 is none, 6 to 10 is usual.</source>
            <translation>添加多少层较粗的噪声。0 为不加，通常为 6 到 10。</translation>
        </message>
        <message>
            <source>Learning rate</source>
            <translation>学习率 (learning rate)</translation>
        </message>
        <message>
            <source>Learning rate of the first</source>
            <translation>第一个的学习率</translation>
        </message>
        <message>
            <source>Learning rate of the second</source>
            <translation>第二个的学习率</translation>
        </message>
        <message>
            <source>Learns the size of each output apart from its direction. Often better at low rank, and slower.</source>
            <translation>把每个输出的大小与方向分开学习。低秩时往往更好，也更慢。</translation>
        </message>
        <message>
            <source>Leave tags out</source>
            <translation>不写入标签</translation>
        </message>
        <message>
            <source>Length of the run, when it is counted in passes over all pictures.</source>
            <translation>按轮数计时的训练长度；一轮即所有图片过一遍。</translation>
        </message>
        <message>
            <source>Length of the run, when it is counted in steps.</source>
            <translation>按步数计时的训练长度。</translation>
        </message>
        <message>
            <source>Lines such as “down_blocks.0.*=8” or “*.attn2.*=32:16” give single layers another rank, and alpha. A rank of 0 leaves them out. The last line that fits counts.</source>
            <translation>形如“down_blocks.0.*=8”或“*.attn2.*=32:16”的行给单独的层另外的秩和 alpha。秩为 0 则跳过该层。最后一条匹配的行有效。</translation>
        </message>
        <message>
            <source>LoRA</source>
            <translation>LoRA 网络</translation>
        </message>
        <message>
            <source>Loss</source>
            <translation>损失</translation>
        </message>
        <message>
            <source>Make pictures</source>
            <translation>生成图片</translation>
        </message>
        <message>
            <source>Makes faster code for this model and graphics card before the first steps, which takes minutes. Auto does so in long runs.</source>
            <translation>在最初几步之前为这个模型和显卡生成更快的代码，需要几分钟。“自动”只在长训练中这样做。</translation>
        </message>
        <message>
            <source>Makes up for the first steps, in which little is remembered.</source>
            <translation>弥补最初几步记忆尚少的情况。</translation>
        </message>
        <message>
            <source>Masked</source>
            <translation>蒙版</translation>
        </message>
        <message>
            <source>Min-SNR gamma</source>
            <translation>Min-SNR gamma</translation>
        </message>
        <message>
            <source>Mirror at random</source>
            <translation>随机镜像</translation>
        </message>
        <message>
            <source>Mix the order of the tags at each step, so that no tag matters more for standing first. The trigger word stays in front.</source>
            <translation>每一步都打乱标签的顺序，避免排在前面的标签影响过大。触发词始终在最前。</translation>
        </message>
        <message>
            <source>Model family</source>
            <translation>模型系列</translation>
        </message>
        <message>
            <source>More steps make finer pictures and take longer.</source>
            <translation>步数越多图片越精细，耗时也越长。</translation>
        </message>
        <message>
            <source>Multi-resolution discount</source>
            <translation>多分辨率衰减</translation>
        </message>
        <message>
            <source>Multi-resolution noise</source>
            <translation>多分辨率噪声</translation>
        </message>
        <message>
            <source>Name</source>
            <translation>名称</translation>
        </message>
        <message>
            <source>Name of the finished LoRA file. Empty takes the trigger word or the name of the folder.</source>
            <translation>最终 LoRA 文件的名称。留空则使用触发词或文件夹名称。</translation>
        </message>
        <message>
            <source>Negative prompt</source>
            <translation>反向提示词</translation>
        </message>
        <message>
            <source>Noise</source>
            <translation>噪声</translation>
        </message>
        <message>
            <source>Noise offset</source>
            <translation>噪声偏移</translation>
        </message>
        <message>
            <source>Noise that is the same for a whole picture, so that very dark and very bright pictures can be learned. 0.03 to 0.1 is usual.</source>
            <translation>整张图片相同的噪声，使很暗和很亮的图片也能学会。通常为 0.03 到 0.1。</translation>
        </message>
        <message>
            <source>Number format in the finished file. fp16 is read everywhere.</source>
            <translation>最终文件中的数字格式。fp16 在哪里都能读取。</translation>
        </message>
        <message>
            <source>Number format of the calculation. Auto takes bf16 where the graphics card has it, else fp16, and fp32 on a processor.</source>
            <translation>计算所用的数字格式。自动：显卡支持时用 bf16，否则用 fp16；在处理器上用 fp32。</translation>
        </message>
        <message>
            <source>Objective</source>
            <translation>目标</translation>
        </message>
        <message>
            <source>One test picture is made for each line. {trigger} stands for the trigger word. Empty takes the trigger word alone.</source>
            <translation>每行生成一张样图。{trigger} 代表触发词。留空则只用触发词。</translation>
        </message>
        <message>
            <source>Only what a mask leaves white is learned: the transparency of a picture, or a picture beside it that is named like it with “-masklabel” behind.</source>
            <translation>只学习蒙版留白的部分：图片的透明度，或旁边同名并以“-masklabel”结尾的图片。</translation>
        </message>
        <message>
            <source>Optimizer</source>
            <translation>优化器 (optimizer)</translation>
        </message>
        <message>
            <source>Pictures</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Pictures are trained at about this many pixels squared. Larger shows more detail and needs more memory.</source>
            <translation>图片大约按此边长的正方形面积训练。越大细节越多，所需显存也越多。</translation>
        </message>
        <message>
            <source>Pictures trained at once. More is steadier and needs more memory.</source>
            <translation>一次训练多少张图片。越多越稳定，所需显存也越多。</translation>
        </message>
        <message>
            <source>Power</source>
            <translation>幂</translation>
        </message>
        <message>
            <source>Precision</source>
            <translation>精度 (precision)</translation>
        </message>
        <message>
            <source>Prediction</source>
            <translation>预测目标 (prediction)</translation>
        </message>
        <message>
            <source>Prompts for them</source>
            <translation>用于它们的提示词</translation>
        </message>
        <message>
            <source>Pulls the weights gently towards zero.</source>
            <translation>轻轻地把权重拉向零。</translation>
        </message>
        <message>
            <source>Rank</source>
            <translation>秩 (rank)</translation>
        </message>
        <message>
            <source>Rank of the adapters beside convolutions, if they are trained.</source>
            <translation>卷积旁适配器的秩（若训练卷积）。</translation>
        </message>
        <message>
            <source>Regularisation</source>
            <translation>正则化</translation>
        </message>
        <message>
            <source>Regularisation repeats</source>
            <translation>正则化重复次数</translation>
        </message>
        <message>
            <source>Repeats</source>
            <translation>重复次数 (repeats)</translation>
        </message>
        <message>
            <source>Resolution</source>
            <translation>分辨率</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>训练过程</translation>
        </message>
        <message>
            <source>Safeguard warmup</source>
            <translation>预热保护</translation>
        </message>
        <message>
            <source>Sample prompts</source>
            <translation>样图提示词</translation>
        </message>
        <message>
            <source>Sample seed</source>
            <translation>样图种子</translation>
        </message>
        <message>
            <source>Sample size</source>
            <translation>样图尺寸</translation>
        </message>
        <message>
            <source>Samples</source>
            <translation>样图</translation>
        </message>
        <message>
            <source>Samples and the finished file come from a running mean of the weights, of which each step keeps this share. 0.999 suits long runs, 0 takes the weights as they are.</source>
            <translation>样图和成品文件取自权重的滑动平均，每一步保留其中这么大的份额。0.999 适合长训练，0 表示直接用权重。</translation>
        </message>
        <message>
            <source>Samples every</source>
            <translation>样图间隔</translation>
        </message>
        <message>
            <source>Sampling steps</source>
            <translation>采样步数</translation>
        </message>
        <message>
            <source>Saving</source>
            <translation>保存</translation>
        </message>
        <message>
            <source>Schedule</source>
            <translation>学习率调度 (schedule)</translation>
        </message>
        <message>
            <source>Seed</source>
            <translation>随机种子 (seed)</translation>
        </message>
        <message>
            <source>Share of steps that train without a caption. A little keeps the model usable with weak prompts.</source>
            <translation>不带描述进行训练的步数比例。少量使用可让模型在提示词较弱时依然好用。</translation>
        </message>
        <message>
            <source>Share of the steps in which the rate rises from zero.</source>
            <translation>学习率从零开始上升的步数比例。</translation>
        </message>
        <message>
            <source>Share of the tags that are left out, others at each step, so that the model does not depend on any of them. The trigger word always stays.</source>
            <translation>每一步随机略去的标签所占的比例，使模型不依赖其中任何一个。触发词始终保留。</translation>
        </message>
        <message>
            <source>Share of your pictures that are kept out, at least one. Which ones follows from their content.</source>
            <translation>留出的图片所占的比例，至少一张。留出哪些由图片内容决定。</translation>
        </message>
        <message>
            <source>Shuffle tags</source>
            <translation>打乱标签</translation>
        </message>
        <message>
            <source>Size of the small matrix. −1 splits as evenly as it can, small factors remember more.</source>
            <translation>小矩阵的大小。−1 尽量均分，小因子记得更多。</translation>
        </message>
        <message>
            <source>So many pictures of the class word are made by the base model before it learns, and trained beside yours, so that it stays what it was. It must know the class word. 100 to 200 is usual, 0 makes none.</source>
            <translation>训练之前由底模画出这么多张类别词的图片，与你的图片一同训练，使它保持原样。底模必须认识类别词。通常为 100 到 200，0 表示不画。</translation>
        </message>
        <message>
            <source>So many tags at the beginning of each caption, besides the trigger word, are neither mixed nor left out.</source>
            <translation>每条描述开头除触发词外的这么多个标签，既不打乱也不略去。</translation>
        </message>
        <message>
            <source>Starting point of all chance. The same seed repeats the same run.</source>
            <translation>一切随机的起点。相同的种子会重现相同的训练。</translation>
        </message>
        <message>
            <source>Steeper gradients are scaled down to this. 0 switches it off.</source>
            <translation>超过此值的梯度会被缩小到此值。0 表示关闭。</translation>
        </message>
        <message>
            <source>Steps</source>
            <translation>步数 (steps)</translation>
        </message>
        <message>
            <source>Steps between checkpoints. 0 makes one only when the run stops.</source>
            <translation>每隔多少步保存一个检查点。0 表示只在训练停止时保存。</translation>
        </message>
        <message>
            <source>Steps between test pictures. 0 makes none.</source>
            <translation>每隔多少步生成样图。0 表示不生成。</translation>
        </message>
        <message>
            <source>Steps between two measurements of the error on pictures that are kept out of the training. 0 trains on all and measures nothing.</source>
            <translation>每隔多少步在留出的图片上测量一次误差。0 表示全部用于训练，不测量。</translation>
        </message>
        <message>
            <source>Strength of the LoRA while it learns: it acts with alpha divided by rank. About half of the rank is usual.</source>
            <translation>学习时 LoRA 的强度：实际作用为 alpha 除以 rank。通常取 rank 的一半左右。</translation>
        </message>
        <message>
            <source>Strength of these adapters while they learn. 0 keeps the denoiser's ratio of alpha to rank.</source>
            <translation>这些适配器学习时的强度。0 保持去噪网络的 alpha 与秩之比。</translation>
        </message>
        <message>
            <source>Tag dropout</source>
            <translation>标签丢弃</translation>
        </message>
        <message>
            <source>Tags kept in front</source>
            <translation>固定在前的标签</translation>
        </message>
        <message>
            <source>Teaches what reads the captions too. Helps with new words and names, needs more memory and time, and forgets more easily. Only SDXL has a second one.</source>
            <translation>也训练读取描述的部分。有助于新词和名字，需要更多显存和时间，也更容易遗忘。只有 SDXL 有第二个。</translation>
        </message>
        <message>
            <source>Test pictures made on the way.</source>
            <translation>训练途中生成的样图。</translation>
        </message>
        <message>
            <source>Text encoders</source>
            <translation>文本编码器</translation>
        </message>
        <message>
            <source>The architecture of the base model.</source>
            <translation>底模的架构。</translation>
        </message>
        <message>
            <source>The error on pictures that are not trained.</source>
            <translation>未参与训练的图片上的误差。</translation>
        </message>
        <message>
            <source>The first picture uses this seed, each further one the next.</source>
            <translation>第一张图使用这个种子，后面的依次加一。</translation>
        </message>
        <message>
            <source>The last step is pure noise, as it is when pictures are made. For base models of the v kind only.</source>
            <translation>最后一步是纯噪声，正如生成图片时那样。只适用于 v 预测的底模。</translation>
        </message>
        <message>
            <source>The model that is taught something new.</source>
            <translation>要学习新内容的模型。</translation>
        </message>
        <message>
            <source>The model to teach: a name from the catalogue, a folder on the training machine, or a Hugging Face id.</source>
            <translation>要训练的模型：目录中的名称、训练机器上的文件夹，或 Hugging Face 模型 ID。</translation>
        </message>
        <message>
            <source>The same as a number of steps. 0 goes by the share.</source>
            <translation>同样的含义，以步数表示。0 表示按比例。</translation>
        </message>
        <message>
            <source>The shape of what is trained.</source>
            <translation>所训练部分的形状。</translation>
        </message>
        <message>
            <source>The word that calls what is learned. A made-up word works best, because the base model knows nothing of it.</source>
            <translation>用来唤出所学内容的词。最好自造一个词，因为底模对它一无所知。</translation>
        </message>
        <message>
            <source>Train half of the steps on mirrored pictures. Do not use it for faces, text or anything with a left and a right.</source>
            <translation>一半的步数用镜像图片训练。人脸、文字或任何分左右的内容请勿使用。</translation>
        </message>
        <message>
            <source>Trained parts</source>
            <translation>训练部位</translation>
        </message>
        <message>
            <source>Trained text encoders</source>
            <translation>训练的文本编码器</translation>
        </message>
        <message>
            <source>Trigger word</source>
            <translation>触发词 (trigger)</translation>
        </message>
        <message>
            <source>Updates larger than this are scaled down.</source>
            <translation>超过此值的更新会被缩小。</translation>
        </message>
        <message>
            <source>Validate every</source>
            <translation>验证间隔</translation>
        </message>
        <message>
            <source>Validation</source>
            <translation>验证</translation>
        </message>
        <message>
            <source>Warmup</source>
            <translation>预热 (warmup)</translation>
        </message>
        <message>
            <source>Warmup steps</source>
            <translation>预热步数</translation>
        </message>
        <message>
            <source>Weight</source>
            <translation>权重</translation>
        </message>
        <message>
            <source>Weight decay</source>
            <translation>权重衰减 (weight decay)</translation>
        </message>
        <message>
            <source>Weight outside</source>
            <translation>蒙版外的权重</translation>
        </message>
        <message>
            <source>Weighting</source>
            <translation>加权</translation>
        </message>
        <message>
            <source>What counts as an error.</source>
            <translation>什么算作误差。</translation>
        </message>
        <message>
            <source>What is learned, and how the pictures are read.</source>
            <translation>学习什么，以及如何读取图片。</translation>
        </message>
        <message>
            <source>What is put on the pictures for the model to take away.</source>
            <translation>加在图片上、由模型去除的东西。</translation>
        </message>
        <message>
            <source>What kind of thing it is, such as cat, woman or watercolour. Used where a picture has no caption.</source>
            <translation>它属于哪一类，例如 cat、woman 或 watercolour。用于没有描述的图片。</translation>
        </message>
        <message>
            <source>What the base model is asked for, one line after the other. {class} stands for the class word. Empty takes the class word alone.</source>
            <translation>向底模要求什么，每行一条。{class} 代表类别词。留空则只用类别词。</translation>
        </message>
        <message>
            <source>What the base model was trained to predict. Auto reads it from the model's own settings.</source>
            <translation>底模训练时所预测的目标。自动：从模型自身的设置读取。</translation>
        </message>
        <message>
            <source>What the test pictures should not show.</source>
            <translation>样图中不应出现的内容。</translation>
        </message>
        <message>
            <source>Where Min-SNR cuts. Smaller evens out more.</source>
            <translation>Min-SNR 在哪里截断。越小越均匀。</translation>
        </message>
        <message>
            <source>Where a caption says “{red|blue}”, one of the two is taken, another one at each step.</source>
            <translation>描述里写有“{red|blue}”时，取两者之一，每一步另取。</translation>
        </message>
        <message>
            <source>Where the estimate of the rate begins.</source>
            <translation>学习率的估计从哪里开始。</translation>
        </message>
        <message>
            <source>Where the rate ends, as a share of the learning rate.</source>
            <translation>学习率最终降到多少，以占学习率的比例表示。</translation>
        </message>
        <message>
            <source>Whether captions are lists of tags or sentences. Auto decides for each caption.</source>
            <translation>描述是标签列表还是句子。自动：逐条判断。</translation>
        </message>
        <message>
            <source>Whether the run ends after a number of steps or of epochs (passes over all pictures).</source>
            <translation>训练在达到一定步数还是一定轮数（所有图片过一遍为一轮）后结束。</translation>
        </message>
        <message>
            <source>Whether what reads the captions learns too.</source>
            <translation>读取描述的部分是否也学习。</translation>
        </message>
        <message>
            <source>Which layers of the denoiser get an adapter. Attention alone is smaller and gentler; convolutions add texture.</source>
            <translation>去噪网络的哪些层带适配器。只训练注意力更小更温和；卷积增添质感。</translation>
        </message>
        <message>
            <source>Width and height of test pictures. 0 takes the training resolution.</source>
            <translation>样图的宽和高。0 表示采用训练分辨率。</translation>
        </message>
        <message>
            <source>Wildcards</source>
            <translation>通配</translation>
        </message>
        <message>
            <source>Write no captions, tags or folder names into the finished file.</source>
            <translation>不把描述、标签和文件夹名称写入最终文件。</translation>
        </message>
        <message>
            <source>Zero terminal SNR</source>
            <translation>零终端信噪比</translation>
        </message>
        <message>
            <source>px</source>
            <translation>像素</translation>
        </message>
        <message>
            <source>steps</source>
            <translation>步</translation>
        </message>
    </context>
    <context>
        <name>Phase</name>
        <message>
            <source>Drawing what the base model knows</source>
            <translation>正在画出底模所知道的</translation>
        </message>
        <message>
            <source>Fetching the base model</source>
            <translation>正在获取底模</translation>
        </message>
        <message>
            <source>Getting ready</source>
            <translation>准备就绪中</translation>
        </message>
        <message>
            <source>Loading the base model</source>
            <translation>正在加载底模</translation>
        </message>
        <message>
            <source>Loading the image encoder</source>
            <translation>正在加载图像编码器</translation>
        </message>
        <message>
            <source>Loading the text encoder</source>
            <translation>正在加载文本编码器</translation>
        </message>
        <message>
            <source>Making test pictures</source>
            <translation>正在生成样图</translation>
        </message>
        <message>
            <source>Measuring on held-out pictures</source>
            <translation>正在用留出的图片测量</translation>
        </message>
        <message>
            <source>Reading the captions</source>
            <translation>正在读取描述</translation>
        </message>
        <message>
            <source>Reading the pictures</source>
            <translation>正在读取图片</translation>
        </message>
        <message>
            <source>Saving</source>
            <translation>正在保存</translation>
        </message>
        <message>
            <source>Training</source>
            <translation>正在训练</translation>
        </message>
    </context>
    <context>
        <name>PictureGrid</name>
        <message>
            <source>New</source>
            <comment>a picture</comment>
            <translation>新</translation>
        </message>
        <message>
            <source>No caption</source>
            <translation>没有描述</translation>
        </message>
        <message>
            <source>Pictures</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>This picture cannot be read.</source>
            <translation>无法读取这张图片。</translation>
        </message>
        <message>
            <source>crops: {count}</source>
            <translation>裁剪：{count}</translation>
        </message>
        <message>
            <source>kept</source>
            <translation>已保留</translation>
        </message>
        <message>
            <source>new</source>
            <translation>新</translation>
        </message>
        <message>
            <source>rejected</source>
            <translation>已舍弃</translation>
        </message>
        <message>
            <source>stars: {count}</source>
            <translation>星级：{count}</translation>
        </message>
        <message>
            <source>unsure</source>
            <translation>待定</translation>
        </message>
        <message>
            <source>with a mask</source>
            <translation>有蒙版</translation>
        </message>
        <message>
            <source>{name}, {place} of {count}</source>
            <translation>{name}，第 {place} 张，共 {count} 张</translation>
        </message>
    </context>
    <context>
        <name>PictureStrip</name>
        <message>
            <source>Back to the pictures (Esc)</source>
            <translation>返回图片（Esc）</translation>
        </message>
        <message>
            <source>Next picture (Ctrl+↓)</source>
            <translation>下一张图片（Ctrl+↓）</translation>
        </message>
        <message>
            <source>Previous picture (Ctrl+↑)</source>
            <translation>上一张图片（Ctrl+↑）</translation>
        </message>
    </context>
    <context>
        <name>Plan</name>
        <message>
            <source>Add it</source>
            <translation>添加</translation>
        </message>
        <message>
            <source>Fill them in</source>
            <translation>填写</translation>
        </message>
        <message>
            <source>Make 100 pictures</source>
            <translation>生成 100 张图片</translation>
        </message>
        <message>
            <source>No graphics card</source>
            <translation>没有显卡</translation>
        </message>
        <message>
            <source>Nobody has looked yet what it has.</source>
            <translation>还没有查看过它有什么。</translation>
        </message>
        <message>
            <source>Preset: {name}</source>
            <translation>预设：{name}</translation>
        </message>
        <message>
            <source>Reject the copies</source>
            <translation>舍弃副本</translation>
        </message>
        <message>
            <source>Reject them</source>
            <translation>舍弃它们</translation>
        </message>
        <message>
            <source>Run: {name}, {when}</source>
            <translation>运行：{name}，{when}</translation>
        </message>
        <message>
            <source>Switch it on</source>
            <translation>启用</translation>
        </message>
        <message>
            <source>Take a tenth of the steps</source>
            <translation>取步数的十分之一</translation>
        </message>
        <message>
            <source>Take half of the rank</source>
            <translation>取 rank 的一半</translation>
        </message>
        <message>
            <source>This plan</source>
            <translation>此计划</translation>
        </message>
        <message>
            <source>Train at {side} px</source>
            <translation>以 {side} px 训练</translation>
        </message>
        <message>
            <source>Usual: {range}.</source>
            <translation>通常：{range}。</translation>
        </message>
        <message>
            <source>Your preset: {name}</source>
            <translation>您的预设：{name}</translation>
        </message>
        <message>
            <source>fits</source>
            <translation>放得下</translation>
        </message>
        <message>
            <source>fits with checkpointing</source>
            <translation>启用检查点后放得下</translation>
        </message>
        <message>
            <source>fits with smaller batches</source>
            <translation>用较小批量时放得下</translation>
        </message>
        <message>
            <source>measured</source>
            <translation>已测量</translation>
        </message>
        <message>
            <source>too small</source>
            <translation>太小</translation>
        </message>
        <message>
            <source>{card} · {needed} of {memory}</source>
            <translation>{card} · {needed} / {memory}</translation>
        </message>
        <message>
            <source>{low} to {high}</source>
            <translation>{low} 至 {high}</translation>
        </message>
    </context>
    <context>
        <name>PlanPage</name>
        <message>
            <source>Expert</source>
            <translation>专家</translation>
        </message>
        <message>
            <source>Plan</source>
            <translation>计划</translation>
        </message>
        <message>
            <source>Simple</source>
            <translation>简易</translation>
        </message>
        <message>
            <source>What to teach, and how.</source>
            <translation>教什么，怎么教。</translation>
        </message>
    </context>
    <context>
        <name>PlanPresets</name>
        <message>
            <source>Delete</source>
            <translation>删除</translation>
        </message>
        <message>
            <source>Delete the preset?</source>
            <translation>删除该预设？</translation>
        </message>
        <message>
            <source>Export for kohya's trainer</source>
            <translation>导出给 kohya 训练器</translation>
        </message>
        <message>
            <source>Export the preset</source>
            <translation>导出预设</translation>
        </message>
        <message>
            <source>Import a plan</source>
            <translation>导入计划</translation>
        </message>
        <message>
            <source>My {goal}</source>
            <translation>我的{goal}</translation>
        </message>
        <message>
            <source>Name of the preset:</source>
            <translation>预设名称：</translation>
        </message>
        <message>
            <source>Plans (*.json *.toml *.safetensors)</source>
            <translation>计划 (*.json *.toml *.safetensors)</translation>
        </message>
        <message>
            <source>Presets (*.json)</source>
            <translation>预设 (*.json)</translation>
        </message>
        <message>
            <source>Rename the preset</source>
            <translation>重命名预设</translation>
        </message>
        <message>
            <source>Replace</source>
            <translation>替换</translation>
        </message>
        <message>
            <source>Replace the preset?</source>
            <translation>替换该预设？</translation>
        </message>
        <message>
            <source>Save as a preset</source>
            <translation>保存为预设</translation>
        </message>
        <message>
            <source>Settings (*.toml)</source>
            <translation>设置 (*.toml)</translation>
        </message>
        <message>
            <source>There is a preset “{name}” already.</source>
            <translation>已有名为“{name}”的预设。</translation>
        </message>
        <message>
            <source>character</source>
            <translation>角色</translation>
        </message>
        <message>
            <source>object</source>
            <translation>物体</translation>
        </message>
        <message>
            <source>style</source>
            <translation>风格</translation>
        </message>
        <message>
            <source>“{name}” is removed from the list. The plan keeps its settings.</source>
            <translation>“{name}”将从列表中移除。计划保留其设置。</translation>
        </message>
    </context>
    <context>
        <name>PlanRows</name>
        <message>
            <source>Kind</source>
            <translation>种类</translation>
        </message>
    </context>
    <context>
        <name>Plots</name>
        <message>
            <source>After zooming in: show all steps again, and follow the newest.</source>
            <translation>放大之后：重新显示所有步，并跟随最新的一步。</translation>
        </message>
        <message>
            <source>Gradient norm</source>
            <translation>梯度范数</translation>
        </message>
        <message>
            <source>Learning rate</source>
            <translation>学习率</translation>
        </message>
        <message>
            <source>Logarithmic</source>
            <translation>对数</translation>
        </message>
        <message>
            <source>Loss: jumps with the noise that each step draws</source>
            <translation>损失：随每一步抽取的噪声跳动</translation>
        </message>
        <message>
            <source>Memory in use, MB</source>
            <translation>内存占用，MB</translation>
        </message>
        <message>
            <source>Pictures a second</source>
            <translation>每秒图片数</translation>
        </message>
        <message>
            <source>Plots</source>
            <translation>图表</translation>
        </message>
        <message>
            <source>Smoothing</source>
            <translation>平滑</translation>
        </message>
        <message>
            <source>Step {step}</source>
            <translation>第 {step} 步</translation>
        </message>
        <message>
            <source>The highest and lowest of single steps do not decide how high a plot is.</source>
            <translation>个别步的最高值和最低值不决定图表的高度。</translation>
        </message>
        <message>
            <source>Validation loss by degree of noise</source>
            <translation>按噪声程度的验证损失</translation>
        </message>
        <message>
            <source>Validation loss, on pictures that are not trained</source>
            <translation>验证损失，来自未参与训练的图片</translation>
        </message>
        <message>
            <source>Whole run</source>
            <translation>整个运行</translation>
        </message>
        <message>
            <source>Without outliers</source>
            <translation>去除离群值</translation>
        </message>
        <message>
            <source>gradient {value}</source>
            <translation>梯度 {value}</translation>
        </message>
        <message>
            <source>loss {value}</source>
            <translation>损失 {value}</translation>
        </message>
        <message>
            <source>rate {value}</source>
            <translation>学习率 {value}</translation>
        </message>
        <message>
            <source>validation {value}</source>
            <translation>验证 {value}</translation>
        </message>
        <message>
            <source>{value} MB</source>
            <translation>{value} MB</translation>
        </message>
        <message>
            <source>{value} pictures/s</source>
            <translation>{value} 张/秒</translation>
        </message>
    </context>
    <context>
        <name>Preset</name>
        <message>
            <source>A character has many small details but only one look: 16 holds them without copying backgrounds.</source>
            <translation>角色细节多但形象单一：16 足以记住，又不会把背景也背下来。</translation>
        </message>
        <message>
            <source>A checkpoint with each look.</source>
            <translation>每次查看时保存一个检查点。</translation>
        </message>
        <message>
            <source>A few minutes on two processor cores. Measured: 83 of 100 pictures show the new thing; 600 steps show it in 96 and forget more.</source>
            <translation>在两个处理器核心上几分钟。实测：100 张图片中 83 张出现新事物；600 步时为 96 张，但遗忘更多。</translation>
        </message>
        <message>
            <source>A fixed number of steps learns alike from 15 or 50 pictures.</source>
            <translation>固定步数，15 张或 50 张图片学到的程度相同。</translation>
        </message>
        <message>
            <source>A fixed number of steps learns alike from 30 or 200 pictures.</source>
            <translation>固定步数，30 张或 200 张图片学到的程度相同。</translation>
        </message>
        <message>
            <source>A style settles later than a face.</source>
            <translation>画风比面孔更晚定型。</translation>
        </message>
        <message>
            <source>A style touches everything in the picture: it needs more room than a character.</source>
            <translation>画风涉及画面的一切：比角色需要更大的容量。</translation>
        </message>
        <message>
            <source>A thing is learned sooner than a face.</source>
            <translation>物品比面孔学得更快。</translation>
        </message>
        <message>
            <source>At the same rank a LoRA for SDXL has seven times the numbers of one for Stable Diffusion 1.x: 16 holds a character with room to spare.</source>
            <translation>同样的秩，SDXL 的 LoRA 参数数量是 Stable Diffusion 1.x 的七倍：16 容纳一个角色绰绰有余。</translation>
        </message>
        <message>
            <source>Enough for a face to become reliable.</source>
            <translation>足以让面孔稳定下来。</translation>
        </message>
        <message>
            <source>Few steps: each one shall know its caption.</source>
            <translation>步数不多，每一步都应带着标注学习。</translation>
        </message>
        <message>
            <source>Half of the rank keeps the learning calm.</source>
            <translation>取秩的一半，学习更平稳。</translation>
        </message>
        <message>
            <source>Measured after 600 steps with regularisation: 0.001 shows the new thing in 89 of 100 pictures, this in 95, and 0.0025 in 99 but forgets a little.</source>
            <translation>带正则化 600 步后实测：0.001 时 100 张图片中 89 张出现新事物，当前值 95 张，0.0025 时 99 张但略有遗忘。</translation>
        </message>
        <message>
            <source>Measured after 600 steps with regularisation: rank 4 shows the new thing in 75 of 100 pictures, 8 in 95, 16 in 98.</source>
            <translation>带正则化 600 步后实测：秩 4 时 100 张图片中 75 张出现新事物，8 时 95 张，16 时 98 张。</translation>
        </message>
        <message>
            <source>One picture a step: enough for a face to become reliable.</source>
            <translation>每步一张图片：足以让一张脸稳定下来。</translation>
        </message>
        <message>
            <source>One picture a step; a style settles later than a face.</source>
            <translation>每步一张图片；风格比脸更晚稳定。</translation>
        </message>
        <message>
            <source>One picture a step; a thing is learned sooner than a face.</source>
            <translation>每步一张图片；物品比脸更早学会。</translation>
        </message>
        <message>
            <source>One picture at a time takes about 11 GB: a graphics card with 16 GB has room.</source>
            <translation>一次一张图片约需 11 GB：16 GB 的显卡有余量。</translation>
        </message>
        <message>
            <source>One step in ten without a caption lets the style show in any prompt.</source>
            <translation>每十步有一步不带描述，让画风在任何提示词下都能体现。</translation>
        </message>
        <message>
            <source>One step in twenty without a caption keeps weak prompts working.</source>
            <translation>每二十步有一步不带描述，使较弱的提示词依然有效。</translation>
        </message>
        <message>
            <source>One thing with a fixed shape: 16 is enough.</source>
            <translation>形状固定的单一物品：16 就够了。</translation>
        </message>
        <message>
            <source>One thing with a fixed shape: at rank 8 a LoRA for SDXL has 21 million numbers, more than one for Stable Diffusion 1.x has at 32.</source>
            <translation>形状固定的一件物品：秩 8 的 SDXL LoRA 有 2100 万个参数，比秩 32 的 Stable Diffusion 1.x 还多。</translation>
        </message>
        <message>
            <source>SDXL was made for 1024 pixels, and is told the size of each picture.</source>
            <translation>SDXL 为 1024 像素而生，并被告知每张图片的大小。</translation>
        </message>
        <message>
            <source>Small pictures: eight at once are no burden.</source>
            <translation>图片很小：一次八张毫无负担。</translation>
        </message>
        <message>
            <source>Stable Diffusion 1.x was made for 512 pixels.</source>
            <translation>Stable Diffusion 1.x 是为 512 像素设计的。</translation>
        </message>
        <message>
            <source>Stable Diffusion 2.1 was made for 768 pixels.</source>
            <translation>Stable Diffusion 2.1 为 768 像素而生。</translation>
        </message>
        <message>
            <source>Strong on purpose: without regularisation it keeps 88 % of what the toy model knew instead of 79 %.</source>
            <translation>特意设得强：不用正则化时，它保住玩具模型原有能力的 88 %，而不是 79 %。</translation>
        </message>
        <message>
            <source>The first tenth starts gently, then the rate falls along a cosine.</source>
            <translation>前十分之一缓缓起步，随后学习率沿余弦下降。</translation>
        </message>
        <message>
            <source>The toy model obeys without much pressure.</source>
            <translation>玩具模型不需要太强的引导也会听话。</translation>
        </message>
        <message>
            <source>The toy model was made for 64 pixels.</source>
            <translation>玩具模型是为 64 像素设计的。</translation>
        </message>
        <message>
            <source>The usual rate of AdamW for a LoRA.</source>
            <translation>用 AdamW 训练 LoRA 的常规学习率。</translation>
        </message>
        <message>
            <source>Three looks on the way.</source>
            <translation>途中查看三次。</translation>
        </message>
        <message>
            <source>Twice the rank: the short run needs the full strength.</source>
            <translation>取秩 (rank) 的两倍：训练很短，需要全部强度。</translation>
        </message>
        <message>
            <source>Two pictures at once fit a graphics card with 8 GB.</source>
            <translation>8 GB 显存的显卡可以一次处理两张图片。</translation>
        </message>
        <message>
            <source>Two pictures at once take about 5 GB: a graphics card with 8 GB has room.</source>
            <translation>一次两张图片约需 5 GB：8 GB 的显卡有余量。</translation>
        </message>
    </context>
    <context>
        <name>PresetBar</name>
        <message>
            <source>As usual for: {goal}</source>
            <translation>按惯例：{goal}</translation>
        </message>
        <message>
            <source>Compare plans…</source>
            <translation>比较计划…</translation>
        </message>
        <message>
            <source>Delete the preset…</source>
            <translation>删除预设…</translation>
        </message>
        <message>
            <source>Do it again</source>
            <translation>重做</translation>
        </message>
        <message>
            <source>Export for kohya's trainer…</source>
            <translation>导出给 kohya 训练器…</translation>
        </message>
        <message>
            <source>Export the preset…</source>
            <translation>导出预设…</translation>
        </message>
        <message>
            <source>Import a plan, kohya's settings or a LoRA's…</source>
            <translation>导入计划、kohya 的设置或 LoRA 的设置…</translation>
        </message>
        <message>
            <source>Preset</source>
            <translation>预设</translation>
        </message>
        <message>
            <source>Preset: where the settings come from that you have not set yourself</source>
            <translation>预设：您没有自行设置的设置来自哪里</translation>
        </message>
        <message>
            <source>Presets</source>
            <translation>预设</translation>
        </message>
        <message>
            <source>Rename the preset…</source>
            <translation>重命名预设…</translation>
        </message>
        <message>
            <source>Save as a new preset…</source>
            <translation>保存为新预设…</translation>
        </message>
        <message>
            <source>Save the preset</source>
            <translation>保存预设</translation>
        </message>
        <message>
            <source>Some settings are not as the preset has them. Take the preset's values again everywhere.</source>
            <translation>有些设置与预设不同。全部重新采用预设的值。</translation>
        </message>
        <message>
            <source>Undo</source>
            <translation>撤销</translation>
        </message>
        <message>
            <source>customised</source>
            <translation>已自定义</translation>
        </message>
    </context>
    <context>
        <name>Problem</name>
        <message>
            <source>A few of these are harmless. If a picture comes again and again, look at it; else lower the learning rate.</source>
            <translation>偶尔几次无妨。如果某张图片一再出现，请检查它；否则请降低学习率。</translation>
        </message>
        <message>
            <source>A machine that is just starting does this: wait a minute and try again. If it goes on, a proxy or VPN on this computer may be in between (let this address go direct, or switch off its TUN mode), or the port is not that of SSH: copy the SSH command of your provider again.</source>
            <translation>刚启动的机器会这样：等一分钟再试。如果一直如此，可能是本机的代理或 VPN 挡在中间（让这个地址直连，或关闭它的 TUN 模式），或者端口不是 SSH 的：请重新复制服务商的 SSH 命令。</translation>
        </message>
        <message>
            <source>A part of the run's record was damaged on the machine, so one message is missing.</source>
            <translation>机器上的训练记录有一处损坏，因此少了一条消息。</translation>
        </message>
        <message>
            <source>A project is one folder with all that is in it. Put them into one folder, or drop them one at a time.</source>
            <translation>一个项目是一个文件夹及其中的一切。请将它们放入同一个文件夹，或逐个拖入。</translation>
        </message>
        <message>
            <source>A proxy on this computer answers for {host}: it gave the made-up address {address}, and nothing comes back from port {port}.</source>
            <translation>本机的代理替 {host} 做了应答：它给出了虚构的地址 {address}，而 {port} 端口没有任何回应。</translation>
        </message>
        <message>
            <source>A run is trained on exactly the pictures that were approved for it. Put the picture back as it was, or start a new run with the pictures of now.</source>
            <translation>训练用的必须正是批准过的那些图片。请把图片恢复原样，或用现在的图片开始新的训练。</translation>
        </message>
        <message>
            <source>A tenth of the steps as warmup keeps the first steps from doing damage.</source>
            <translation>用十分之一的步数预热，可避免最初几步造成损害。</translation>
        </message>
        <message>
            <source>Accept its licence on the website, make an access token in your account there, and enter it on the card of the machine.</source>
            <translation>在网站上接受它的许可协议，在那里的账号里创建访问令牌，然后在机器的卡片上填写。</translation>
        </message>
        <message>
            <source>All approved pictures lie in “{folder}”, the folder for regularisation, and nothing is left to be learned.</source>
            <translation>所有已批准的图片都在正则化文件夹“{folder}”里，没有剩下可学的。</translation>
        </message>
        <message>
            <source>Allow writing there, or copy the pictures into a folder of your own.</source>
            <translation>请允许写入，或把图片复制到您自己的文件夹。</translation>
        </message>
        <message>
            <source>Alpha is {alpha} and the rank is {rank}; half of the rank is usual.</source>
            <translation>alpha 为 {alpha}，rank 为 {rank}；通常 alpha 为 rank 的一半。</translation>
        </message>
        <message>
            <source>Approve pictures outside of it, or name another folder.</source>
            <translation>请批准它之外的图片，或指定另一个文件夹。</translation>
        </message>
        <message>
            <source>At {address} there is no picture, but {kind}.</source>
            <translation>{address} 处没有图片，而是 {kind}。</translation>
        </message>
        <message>
            <source>Both changes are in it now. Undo brings yours alone back.</source>
            <translation>现在两处改动都在其中。撤销可只恢复您的改动。</translation>
        </message>
        <message>
            <source>Bring home what you need and remove those runs first, or keep the folder.</source>
            <translation>先把需要的带回本机并移除那些训练，或者保留原文件夹。</translation>
        </message>
        <message>
            <source>Bring the files home, or mirror the checkpoints. Until then the machine goes on, and costs.</source>
            <translation>把文件带回本机，或镜像检查点。在此之前机器会继续运行并计费。</translation>
        </message>
        <message>
            <source>Check that it exists and that you may open it, then choose it again.</source>
            <translation>请确认它存在且您有权打开，然后重新选择。</translation>
        </message>
        <message>
            <source>Check that it exists and that you may open it.</source>
            <translation>请确认它存在且您有权打开。</translation>
        </message>
        <message>
            <source>Check that the folder may be written and that the disk is not full. Nothing was left half-written.</source>
            <translation>请检查文件夹是否可写、磁盘是否已满。没有留下写了一半的文件。</translation>
        </message>
        <message>
            <source>Check that the folder may be written and that the disk is not full. Your text is still in the window.</source>
            <translation>请确认文件夹可以写入且磁盘未满。您的文字仍保留在窗口中。</translation>
        </message>
        <message>
            <source>Check that the login opens an ordinary shell there, then try again.</source>
            <translation>请确认登录后打开的是普通的命令行，然后重试。</translation>
        </message>
        <message>
            <source>Check that the machine is running and that the jump host may connect to it on that port.</source>
            <translation>检查机器是否在运行，以及跳板机是否可以连接它的那个端口。</translation>
        </message>
        <message>
            <source>Check that the machine is running and that the port is right. A firewall may also be in the way.</source>
            <translation>请确认机器正在运行且端口正确，也可能被防火墙阻挡。</translation>
        </message>
        <message>
            <source>Check that the model can see pictures, or choose another one. What had arrived is kept.</source>
            <translation>请检查该模型能否看图，或选择其他模型。已收到的内容会保留。</translation>
        </message>
        <message>
            <source>Check that the server runs, its address and port, and your network. What had arrived is kept.</source>
            <translation>请检查服务器是否运行、地址和端口以及您的网络。已收到的内容会保留。</translation>
        </message>
        <message>
            <source>Check that this is a server with OpenAI's chat interface and a model that can see pictures.</source>
            <translation>请检查这是否是带有 OpenAI 聊天接口的服务器，且模型能够看图。</translation>
        </message>
        <message>
            <source>Check that you may write there and that the disk is not full.</source>
            <translation>请确认您有权写入且磁盘未满。</translation>
        </message>
        <message>
            <source>Check that your proxy program is running and that the command in ~/.ssh/config is right.</source>
            <translation>检查代理程序是否在运行，以及 ~/.ssh/config 里的命令是否正确。</translation>
        </message>
        <message>
            <source>Check the address. Models are sometimes renamed or taken away by their makers.</source>
            <translation>检查地址。模型有时会被作者改名或删除。</translation>
        </message>
        <message>
            <source>Check the address: it must lead to a .safetensors file, or to a repository in the layout of diffusers.</source>
            <translation>检查地址：它必须指向 .safetensors 文件，或 diffusers 格式的仓库。</translation>
        </message>
        <message>
            <source>Check the name of the model (for Ollama: as “ollama list” shows it) and that the address ends with /v1.</source>
            <translation>请检查模型名称（Ollama 以“ollama list”显示的为准），以及地址是否以 /v1 结尾。</translation>
        </message>
        <message>
            <source>Check the name on the Plan page: a model of the list, a Hugging Face id, or a folder on the machine.</source>
            <translation>请在“计划”页面检查名称：列表中的模型、Hugging Face 模型 ID，或机器上的文件夹。</translation>
        </message>
        <message>
            <source>Check the rights of the .txt file beside the picture. The file was left as it is.</source>
            <translation>请检查图片旁的 .txt 文件的权限。该文件未被改动。</translation>
        </message>
        <message>
            <source>Check the spelling and your own internet connection. The rented machine may have a new address.</source>
            <translation>请检查拼写和您自己的网络连接。租用的机器也可能换了地址。</translation>
        </message>
        <message>
            <source>Check this computer's internet connection, or rent the machine with an image that has Python 3.11 with pip.</source>
            <translation>检查本机的网络连接，或租用自带 Python 3.11 和 pip 的镜像。</translation>
        </message>
        <message>
            <source>Check your own internet connection. A running training is not affected.</source>
            <translation>请检查您自己的网络连接。正在进行的训练不受影响。</translation>
        </message>
        <message>
            <source>Checkpoints of older runs take {freeable_mb} MB there: free them before a save fails.</source>
            <translation>那里旧训练的检查点占 {freeable_mb} MB：请在保存失败之前腾出空间。</translation>
        </message>
        <message>
            <source>Choose a TOML or JSON file of kohya's trainer or of one of its windows, or a LoRA file.</source>
            <translation>请选择 kohya 训练器或其窗口的 TOML 或 JSON 文件，或一个 LoRA 文件。</translation>
        </message>
        <message>
            <source>Choose a base model of that family, or begin without the LoRA.</source>
            <translation>请选择该家族的底模，或不从这个 LoRA 开始。</translation>
        </message>
        <message>
            <source>Choose a folder outside of it, so that the originals stay as they are and the copies do not become pictures of the project.</source>
            <translation>请选择项目之外的文件夹，使原图保持不变，副本也不会成为项目的图片。</translation>
        </message>
        <message>
            <source>Choose a model of another kind on the Plan page.</source>
            <translation>请在“计划”页选择另一种模型。</translation>
        </message>
        <message>
            <source>Choose an empty folder, or a name that does not exist yet.</source>
            <translation>选择一个空文件夹，或一个还不存在的名字。</translation>
        </message>
        <message>
            <source>Choose another .safetensors file of a LoRA.</source>
            <translation>请选择另一个 LoRA 的 .safetensors 文件。</translation>
        </message>
        <message>
            <source>Choose another folder, or export once more and allow those files to be replaced.</source>
            <translation>请选择其他文件夹，或再次导出并允许替换这些文件。</translation>
        </message>
        <message>
            <source>Choose one on the Hosts page, or add it there.</source>
            <translation>请在“主机”页面选择，或在那里添加。</translation>
        </message>
        <message>
            <source>Choose the base model that it was made for, or begin without it.</source>
            <translation>请选择它所对应的底模，或不从它开始。</translation>
        </message>
        <message>
            <source>Choose the family that fits the model on the Plan page, under Expert.</source>
            <translation>请在“计划”页面的专家模式中选择与该模型相符的系列。</translation>
        </message>
        <message>
            <source>Choose the file again, or begin without one.</source>
            <translation>请重新选择文件，或不从文件开始。</translation>
        </message>
        <message>
            <source>Choose the folder that holds the pictures themselves (PNG, JPEG or WebP).</source>
            <translation>请选择直接存放图片（PNG、JPEG 或 WebP）的文件夹。</translation>
        </message>
        <message>
            <source>Choose the form “peft”, or keep the file as it is: image programs read it.</source>
            <translation>请选择“peft”形式，或保留原文件：绘图程序能读取它。</translation>
        </message>
        <message>
            <source>Choose the key file that belongs to this machine, or enter its password, on the Hosts page.</source>
            <translation>请在“主机”页面选择这台机器对应的密钥文件，或输入密码。</translation>
        </message>
        <message>
            <source>Choose the private key file (without .pub), and check that you may read it. A key of PuTTY (.ppk) must first be exported in OpenSSH's format with PuTTYgen.</source>
            <translation>选择私钥文件（不带 .pub），并检查您能否读取。PuTTY 的密钥（.ppk）要先用 PuTTYgen 导出为 OpenSSH 格式。</translation>
        </message>
        <message>
            <source>Choose the same kind in the settings of the LoRA, or begin without it.</source>
            <translation>请在 LoRA 的设置里选择相同的种类，或不从它开始。</translation>
        </message>
        <message>
            <source>Compare it with your provider's page if it is shown there, then trust it or stop.</source>
            <translation>如果服务商页面有显示，请与之核对，然后选择信任或停止。</translation>
        </message>
        <message>
            <source>Connect again and answer, for example with the code that your phone shows.</source>
            <translation>重新连接并回答，例如输入手机上显示的验证码。</translation>
        </message>
        <message>
            <source>Copy it again from your provider's page; mind spaces at its ends.</source>
            <translation>请从服务商页面重新复制，注意首尾的空格。</translation>
        </message>
        <message>
            <source>Copy the picture again from where it came from. The other pictures are fine.</source>
            <translation>请从来源处重新复制这张图片。其他图片不受影响。</translation>
        </message>
        <message>
            <source>Correct it on the Plan page; the field is marked.</source>
            <translation>请在“计划”页面更正，该字段已标出。</translation>
        </message>
        <message>
            <source>Correct it, or switch regular expressions off to search for these letters as they are.</source>
            <translation>请更正它，或关闭正则表达式，按原样查找这些字母。</translation>
        </message>
        <message>
            <source>Delete many small files there, such as old datasets, or choose another working folder.</source>
            <translation>删除那里的大量小文件（例如旧数据集），或换一个工作文件夹。</translation>
        </message>
        <message>
            <source>Delete the file; it is downloaded again when faces are looked for next.</source>
            <translation>请删除该文件；下次寻找人脸时会重新下载。</translation>
        </message>
        <message>
            <source>Delete what is no longer needed there, or choose another working folder on a larger disk.</source>
            <translation>请删除那里不再需要的内容，或在更大的磁盘上选择其他工作文件夹。</translation>
        </message>
        <message>
            <source>Drop a folder, picture files, or a picture from a browser.</source>
            <translation>请拖入文件夹、图片文件，或浏览器中的图片。</translation>
        </message>
        <message>
            <source>End it in the provider's console. It goes on, and costs, until then.</source>
            <translation>请在服务商的控制台结束它。在此之前它会继续运行并计费。</translation>
        </message>
        <message>
            <source>Enter a class word, such as cat or woman, or write prompts for the regularisation pictures.</source>
            <translation>请填写类别词，例如 cat 或 woman，或为正则化图片写提示词。</translation>
        </message>
        <message>
            <source>Enter the key again, and check at the server's operator that it is valid and has credit.</source>
            <translation>请重新输入密钥，并向服务器运营方确认其有效且有余额。</translation>
        </message>
        <message>
            <source>Enter the passphrase to go on.</source>
            <translation>请输入密码短语以继续。</translation>
        </message>
        <message>
            <source>Fetch it again from the Runs page.</source>
            <translation>请在“训练”页面重新取回。</translation>
        </message>
        <message>
            <source>Fetch it again. If it goes on, take the checkpoint before.</source>
            <translation>请重新取回。如果仍然如此，请使用前一个检查点。</translation>
        </message>
        <message>
            <source>Files have not arrived on the machine yet: {count}.</source>
            <translation>还有文件没有到达机器：{count} 个。</translation>
        </message>
        <message>
            <source>Files whose names differ only in their ending share their caption in every trainer. Leave it so where they show the same thing, or give each its own caption.</source>
            <translation>在所有训练器中，只有扩展名不同的文件共用说明。如果它们显示同样的内容就保持不变，否则让各自拥有说明。</translation>
        </message>
        <message>
            <source>Finding faces needs the package onnxruntime, which is not installed.</source>
            <translation>寻找人脸需要 onnxruntime 包，但尚未安装。</translation>
        </message>
        <message>
            <source>Free space on the machine's card; the training then goes on by itself. It can also be stopped.</source>
            <translation>请在机器的卡片上腾出空间；训练随后会自行继续。也可以停止它。</translation>
        </message>
        <message>
            <source>Give it more steps, or take the LoRA that it has saved.</source>
            <translation>请给它更多步数，或使用它已保存的 LoRA。</translation>
        </message>
        <message>
            <source>If the samples are nothing but noise, set Prediction to the other kind on the Plan page, under Expert.</source>
            <translation>如果样图全是噪声，请在“计划”页的“专家”中把“预测”换成另一种。</translation>
        </message>
        <message>
            <source>In the RunPod console open the pod, choose Connect, and copy the command under “SSH over exposed TCP”. If it is not there, add 22 to the exposed TCP ports of the pod, or rent one with a public IP address.</source>
            <translation>在 RunPod 控制台打开该 Pod，点 Connect，复制 “SSH over exposed TCP” 下的命令。如果没有这一项，把 22 加到 Pod 的公开 TCP 端口，或租用有公网 IP 的 Pod。</translation>
        </message>
        <message>
            <source>In the captions of {count} pictures “{trigger}” is missing, in others it is there.</source>
            <translation>{count} 张图片的说明中缺少“{trigger}”，其他的则有。</translation>
        </message>
        <message>
            <source>In the list of captions “{path}” some rows name no picture or have no caption: {count}.</source>
            <translation>说明列表“{path}”中有些行没有指明图片或没有说明：{count}。</translation>
        </message>
        <message>
            <source>In your proxy program (Clash, Mihomo, sing-box, …) let {host} and port {port} go direct, or switch off its TUN or fake-IP mode, then try again. The rented machine itself is probably fine.</source>
            <translation>在您的代理程序（Clash、Mihomo、sing-box 等）里让 {host} 的 {port} 端口直连，或关闭 TUN 或 fake-IP 模式，然后重试。租来的机器本身大概没有问题。</translation>
        </message>
        <message>
            <source>Install it in the agent's environment there, or choose another optimizer.</source>
            <translation>请在训练机器的环境里安装它，或选择另一个优化器。</translation>
        </message>
        <message>
            <source>Install it with: pip install “loraferry[faces]”. Until then crops are suggested from what stands out.</source>
            <translation>请安装：pip install “loraferry[faces]”。在此之前，根据显眼的部分建议裁剪。</translation>
        </message>
        <message>
            <source>Install the package pi-heif beside LoRA Ferry, or save the picture as JPEG.</source>
            <translation>请在 LoRA Ferry 旁安装 pi-heif 包，或将图片存为 JPEG。</translation>
        </message>
        <message>
            <source>It begins with http:// or https://, such as http://127.0.0.1:11434/v1 for Ollama.</source>
            <translation>它以 http:// 或 https:// 开头，例如 Ollama 的 http://127.0.0.1:11434/v1。</translation>
        </message>
        <message>
            <source>It came with another version of LoRA Ferry. Start a new run with the base model of now.</source>
            <translation>它随另一个版本的 LoRA Ferry 发布。请用现在的底模开始新的训练。</translation>
        </message>
        <message>
            <source>It fits on {device} with gradient checkpointing alone ({needed_mb} MB), which costs about a third of the time.</source>
            <translation>只有启用梯度检查点才能放入 {device}（{needed_mb} MB），时间约增加三分之一。</translation>
        </message>
        <message>
            <source>It is broken, and nothing can be learned on it. Choose another one on the Plan page.</source>
            <translation>它已损坏，无法用来学习。请在“计划”页选择另一个。</translation>
        </message>
        <message>
            <source>It is put in front of them for the training. Add it to the captions to choose its place yourself.</source>
            <translation>训练时会放在它们前面。若要自己决定位置，请写入说明。</translation>
        </message>
        <message>
            <source>It is sent again by itself. If it goes on, a disk or a connection is damaged.</source>
            <translation>它会自动重新发送。如果仍然如此，说明磁盘或连接有损坏。</translation>
        </message>
        <message>
            <source>It is switched on by itself where it is needed. A smaller batch or resolution would do without.</source>
            <translation>需要时会自动启用。较小的批量或分辨率则无需如此。</translation>
        </message>
        <message>
            <source>It is trained at its own size and not enlarged, so it teaches fewer details. Use a larger version where you have one.</source>
            <translation>它按自身大小训练，不放大，因此能教的细节较少。如有更大的版本请使用它。</translation>
        </message>
        <message>
            <source>It may be a LoRA, a VAE, or a part of a model. Choose a whole model: one .safetensors file, or a folder in the layout of diffusers.</source>
            <translation>它可能是 LoRA、VAE 或模型的一部分。请选择完整的模型：一个 .safetensors 文件，或 diffusers 结构的文件夹。</translation>
        </message>
        <message>
            <source>It may be damaged, or made in an unusual way. Download it again, or choose another one on the Plan page.</source>
            <translation>它可能已损坏，或制作方式不寻常。请重新下载，或在“计划”页选择另一个。</translation>
        </message>
        <message>
            <source>It may be incomplete. Download it again, or choose another one on the Plan page.</source>
            <translation>它可能不完整。请重新下载，或在“计划”页面换一个。</translation>
        </message>
        <message>
            <source>It may do for one simple thing. More views, distances and backgrounds make it more useful.</source>
            <translation>对一个简单的事物也许足够。更多视角、距离和背景会更有用。</translation>
        </message>
        <message>
            <source>It may have been deleted there, or the machine was replaced.</source>
            <translation>它可能已在那边被删除，或者机器已被更换。</translation>
        </message>
        <message>
            <source>It may have been moved, or its disk is not connected. Choose it again on the Plan page.</source>
            <translation>它可能被移动了，或它所在的磁盘没有连接。请在“计划”页重新选择。</translation>
        </message>
        <message>
            <source>It may not be finished yet. Look again in a moment.</source>
            <translation>它可能尚未完成，请稍后再看。</translation>
        </message>
        <message>
            <source>It must be a text file in which each line is name,category,count,"other names", as other programs have them.</source>
            <translation>它必须是文本文件，每行为 name,category,count,"other names"，与其他程序相同。</translation>
        </message>
        <message>
            <source>It scales what is learned, like the learning rate does.</source>
            <translation>它与学习率一样，缩放所学的内容。</translation>
        </message>
        <message>
            <source>It trains on its processor, which takes days where a card takes an hour. Rent a machine with a card.</source>
            <translation>它用处理器训练，显卡一小时的事要花几天。请租用带显卡的机器。</translation>
        </message>
        <message>
            <source>It was probably not copied completely. Copy it again. The other pictures are fine.</source>
            <translation>很可能没有复制完整，请重新复制。其他图片不受影响。</translation>
        </message>
        <message>
            <source>Its maker has left that out, or another program made it. Choose another file.</source>
            <translation>制作者略去了这些内容，或者它由其他程序制作。请选择其他文件。</translation>
        </message>
        <message>
            <source>Log in as a user with a home folder of its own, or choose another working folder.</source>
            <translation>请用拥有自己主目录的用户登录，或选择其他工作文件夹。</translation>
        </message>
        <message>
            <source>Look at the picture on the Dataset page. The training goes on with the others.</source>
            <translation>请在“数据集”页面查看这张图片。训练用其他图片继续。</translation>
        </message>
        <message>
            <source>Look at the text. Saving it once writes it as UTF-8.</source>
            <translation>请检查文字。保存一次即会写成 UTF-8。</translation>
        </message>
        <message>
            <source>Look at the warnings about the pictures, and replace those that are damaged.</source>
            <translation>请查看有关图片的警告，并替换损坏的图片。</translation>
        </message>
        <message>
            <source>Looking around on the machine failed. It said: {output}</source>
            <translation>检查机器时失败。它的回应：{output}</translation>
        </message>
        <message>
            <source>Lower the batch or the resolution, or rent a machine with more main memory.</source>
            <translation>请减小批大小或分辨率，或租用内存更大的机器。</translation>
        </message>
        <message>
            <source>Lower the batch or the resolution, switch on gradient checkpointing, or choose a larger graphics card.</source>
            <translation>请减小批大小或分辨率，开启梯度检查点，或选择更大的显卡。</translation>
        </message>
        <message>
            <source>Lower the resolution (largest that fits there: {side}; 0 for none), or rent one of these cards: {cards}.</source>
            <translation>请降低分辨率（那里能容纳的最大边长：{side}；0 表示没有），或租用以下显卡之一：{cards}。</translation>
        </message>
        <message>
            <source>Make it smaller in an image program. The other pictures are fine.</source>
            <translation>请用图像软件缩小。其他图片不受影响。</translation>
        </message>
        <message>
            <source>Make up a short word, such as “zorblax”, and use it later in prompts to call what was learned.</source>
            <translation>请自造一个短词，例如“zorblax”，以后在提示词中用它唤出所学的内容。</translation>
        </message>
        <message>
            <source>No checkpoint of “{name}” is on this computer, so the run cannot go on on another machine.</source>
            <translation>本机没有 “{name}” 的检查点，所以无法在另一台机器上继续。</translation>
        </message>
        <message>
            <source>No face was found in “{name}”.</source>
            <translation>在“{name}”中没有找到人脸。</translation>
        </message>
        <message>
            <source>No part of “{name}” is transparent.</source>
            <translation>“{name}”没有透明的部分。</translation>
        </message>
        <message>
            <source>No password and no key was sent. There are good reasons: the machine was stopped and started again (RunPod makes new keys each time), its image was changed, or you rented another machine that got this address. If it is one of them, forget the old key on the Hosts page: the next connection shows the new one and asks, and it counts here even where {file} still has the old one. If not, somebody may be listening: do not connect.</source>
            <translation>没有发送任何密码和密钥。正当的原因有：机器关机后又开机（RunPod 每次都生成新密钥）、更换了镜像，或者您租到了另一台使用这个地址的机器。如果是其中之一，请在主机页面忘记旧密钥：下次连接会显示新密钥并询问，即使 {file} 里还有旧的，也以这里为准。如果都不是，可能有人在窃听：不要连接。</translation>
        </message>
        <message>
            <source>No picture could be held out for the validation: there is only one, or none of them can be read.</source>
            <translation>没有图片可以留出用于验证：只有一张，或都无法读取。</translation>
        </message>
        <message>
            <source>No pictures are approved yet.</source>
            <translation>还没有采用任何图片。</translation>
        </message>
        <message>
            <source>None of the {count} pictures can be used for training.</source>
            <translation>{count} 张图片都无法用于训练。</translation>
        </message>
        <message>
            <source>Not everything could be removed from the machine. Still there: {what}</source>
            <translation>有些东西没能从机器上删除。还剩下：{what}</translation>
        </message>
        <message>
            <source>Nothing can be saved in the folder “{path}”.</source>
            <translation>无法在文件夹“{path}”中保存任何内容。</translation>
        </message>
        <message>
            <source>Nothing can be saved in {path} on the machine.</source>
            <translation>无法在机器的 {path} 中保存任何内容。</translation>
        </message>
        <message>
            <source>Nothing needs to be done.</source>
            <translation>无需处理。</translation>
        </message>
        <message>
            <source>On the Hosts page let the connection of this host be chosen automatically, or choose OpenSSH for it.</source>
            <translation>在主机页面让这台主机自动选择连接方式，或为它选择 OpenSSH。</translation>
        </message>
        <message>
            <source>Open a folder on the Dataset page and keep at least one picture. 15 to 50 are usual.</source>
            <translation>请在“数据集”页面打开文件夹，并至少保留一张图片。通常为 15 到 50 张。</translation>
        </message>
        <message>
            <source>Open it in an image program and save it again as PNG, or take it out of the folder. The other pictures are fine.</source>
            <translation>请用图像软件打开并另存为 PNG，或将它移出文件夹。其他图片不受影响。</translation>
        </message>
        <message>
            <source>Open the picture itself in the browser and drag that, or save it and drop the file.</source>
            <translation>请在浏览器中打开图片本身再拖动，或保存后拖入文件。</translation>
        </message>
        <message>
            <source>Other programs may refuse it. Check that the model family is right.</source>
            <translation>其他程序可能拒绝加载。请检查模型系列是否正确。</translation>
        </message>
        <message>
            <source>Other programs would load it only in part. Fetch it again, or take the checkpoint before.</source>
            <translation>其他程序只能部分加载它。请重新取回，或使用前一个检查点。</translation>
        </message>
        <message>
            <source>Paint it again; the picture itself is fine.</source>
            <translation>请重新涂抹；图片本身没有问题。</translation>
        </message>
        <message>
            <source>Paint the mask with the brush, or fill it by colour.</source>
            <translation>请用画笔涂抹蒙版，或按颜色填充。</translation>
        </message>
        <message>
            <source>Parts of the LoRA are missing: {count}, for example {example}</source>
            <translation>LoRA 缺少部分内容：{count} 个，例如 {example}</translation>
        </message>
        <message>
            <source>Parts of the LoRA have learned nothing: {count}, for example {example}</source>
            <translation>LoRA 的部分内容什么也没学到：{count} 个，例如 {example}</translation>
        </message>
        <message>
            <source>Paste the SSH command of your provider, for example: ssh -p 17445 root@1.2.3.4</source>
            <translation>请粘贴服务商提供的 SSH 命令，例如：ssh -p 17445 root@1.2.3.4</translation>
        </message>
        <message>
            <source>Paste the page of a model on Hugging Face, ModelScope or Civitai, or the address of a .safetensors file.</source>
            <translation>请粘贴 Hugging Face、ModelScope 或 Civitai 上模型的网页，或 .safetensors 文件的地址。</translation>
        </message>
        <message>
            <source>Patterns with repetitions inside repetitions, such as (a+)+, can take forever. Make it simpler.</source>
            <translation>重复之中还有重复的模式，例如 (a+)+，可能永远不会结束。请简化它。</translation>
        </message>
        <message>
            <source>Pictures of the class word, made by the base model itself, keep it from forgetting what the word meant.</source>
            <translation>由基础模型自己生成的类别词图片，可防止它忘记该词原来的含义。</translation>
        </message>
        <message>
            <source>Pictures that look the same as better ones in the set: {count}.</source>
            <translation>与集合中更好的图片看起来相同的图片：{count}。</translation>
        </message>
        <message>
            <source>Pictures that were not written because files of their names are in “{path}” already: {count}.</source>
            <translation>因“{path}”中已有同名文件而未写入的图片：{count}。</translation>
        </message>
        <message>
            <source>Pictures without a caption: {count}.</source>
            <translation>没有描述的图片：{count} 张。</translation>
        </message>
        <message>
            <source>Put it back, or reload the folder to go on without it.</source>
            <translation>请把它放回去，或重新载入文件夹，不带它继续。</translation>
        </message>
        <message>
            <source>Raise the limit or put it off, then resume the run: it goes on from the checkpoint.</source>
            <translation>提高上限或取消它，然后恢复训练：会从检查点继续。</translation>
        </message>
        <message>
            <source>Remove a rule, or train more parts.</source>
            <translation>请删去一条规则，或训练更多部分。</translation>
        </message>
        <message>
            <source>Remove it under Hosts, Storage, so that it is fetched again, or choose another model.</source>
            <translation>请在“主机”→“存储”中移除它以便重新获取，或选择其他模型。</translation>
        </message>
        <message>
            <source>Rent a machine with a newer one, such as a T4, an RTX 20 or later.</source>
            <translation>请租用显卡较新的机器，例如 T4、RTX 20 系列或更新的显卡。</translation>
        </message>
        <message>
            <source>Rent another machine: the driver of a rented machine cannot be changed from here.</source>
            <translation>请租用另一台机器：租用机器的驱动无法从这里更换。</translation>
        </message>
        <message>
            <source>Rent it with an image that holds Python 3.8 or newer, such as any PyTorch image.</source>
            <translation>租用带 Python 3.8 或更新版本的镜像，例如任何 PyTorch 镜像。</translation>
        </message>
        <message>
            <source>Save it in the browser if it is a picture, and drop the file.</source>
            <translation>如果是图片，请在浏览器中保存后拖入文件。</translation>
        </message>
        <message>
            <source>Save the picture in the browser and drop the file instead.</source>
            <translation>请在浏览器中保存图片，然后拖入文件。</translation>
        </message>
        <message>
            <source>Say what differs from picture to picture: what the captions tell is not learned as part of the new word.</source>
            <translation>请写明图片之间的区别：说明中写到的内容不会作为新词的一部分被学习。</translation>
        </message>
        <message>
            <source>Set Prediction to automatic on the Plan page, under Expert.</source>
            <translation>请在“计划”页的“专家”中把“预测”设为自动。</translation>
        </message>
        <message>
            <source>Set it back to go on from there, or start a new run.</source>
            <translation>请改回原值以便从那里继续，或开始新的训练。</translation>
        </message>
        <message>
            <source>Set the rank to that of the LoRA, or begin without it.</source>
            <translation>请把秩设为该 LoRA 的秩，或不从它开始。</translation>
        </message>
        <message>
            <source>Set there by hand what matters to you: {names}.</source>
            <translation>请在那里手动设置对您重要的内容：{names}。</translation>
        </message>
        <message>
            <source>Setting up the machine failed at “{phase}”. It said: {output}</source>
            <translation>在“{phase}”阶段配置机器失败。它的回应：{output}</translation>
        </message>
        <message>
            <source>Shorten it to about 200 words, or put what matters most in front.</source>
            <translation>请缩短到约 200 个词，或把重要的放在最前面。</translation>
        </message>
        <message>
            <source>Something unexpected happened: {detail}</source>
            <translation>发生了意料之外的情况：{detail}</translation>
        </message>
        <message>
            <source>Start a new run with a tenth of the learning rate.</source>
            <translation>请以十分之一的学习率开始新的训练。</translation>
        </message>
        <message>
            <source>Start it again: it goes on from the last checkpoint.</source>
            <translation>请重新开始，它会从最近的检查点继续。</translation>
        </message>
        <message>
            <source>Start it again: it goes on from the last checkpoint. If it stops at the same place, send the report.</source>
            <translation>请重新开始，它会从最近的检查点继续。如果在同一处再次停止，请发送报告。</translation>
        </message>
        <message>
            <source>Start it again; it goes on where it was.</source>
            <translation>重新开始即可，会从断点继续。</translation>
        </message>
        <message>
            <source>Start the captioning again; the pictures that are there still are not sent twice.</source>
            <translation>请再次开始生成说明；那里已有的图片不会重复发送。</translation>
        </message>
        <message>
            <source>Start the run again: it goes on from the last checkpoint.</source>
            <translation>请重新开始该训练，它会从最近的检查点继续。</translation>
        </message>
        <message>
            <source>Start the training again: it gets a new number.</source>
            <translation>请重新开始训练，它会得到新的编号。</translation>
        </message>
        <message>
            <source>Start the training again: only what is missing is sent.</source>
            <translation>请重新开始训练，只会发送缺少的部分。</translation>
        </message>
        <message>
            <source>Start the training again: the list is sent anew.</source>
            <translation>请重新开始训练，清单会重新发送。</translation>
        </message>
        <message>
            <source>Step {step} gave no usable numbers and was left out. Pictures in it: {names}.</source>
            <translation>第 {step} 步没有得到可用的数，已跳过。其中的图片：{names}。</translation>
        </message>
        <message>
            <source>Stop the machine in the provider's console. It goes on, and costs, until then.</source>
            <translation>请在服务商的控制台关机。在此之前它会继续运行并计费。</translation>
        </message>
        <message>
            <source>Switch it off, or choose a base model that predicts velocity.</source>
            <translation>请关闭它，或选择 v 预测的底模。</translation>
        </message>
        <message>
            <source>Take an earlier checkpoint, and lower the learning rate next time.</source>
            <translation>请使用更早的检查点，下次降低学习率。</translation>
        </message>
        <message>
            <source>Take the .safetensors file of the same model: most makers offer one.</source>
            <translation>请使用同一模型的 .safetensors 文件：多数作者都提供。</translation>
        </message>
        <message>
            <source>That is another port of the machine, such as one for a web page. Copy the SSH command of your provider again.</source>
            <translation>那是机器的另一个端口，例如网页端口。请重新复制服务商的 SSH 命令。</translation>
        </message>
        <message>
            <source>The LoRA holds parts that do not belong to it: {count}, for example {example}</source>
            <translation>LoRA 含有不属于它的内容：{count} 个，例如 {example}</translation>
        </message>
        <message>
            <source>The LoRA holds values that are not numbers, in {key}</source>
            <translation>LoRA 中含有非数字的值，位于 {key}</translation>
        </message>
        <message>
            <source>The LoRA to continue from cannot be read: {name} ({detail}).</source>
            <translation>无法读取要接着训练的 LoRA：{name}（{detail}）。</translation>
        </message>
        <message>
            <source>The LoRA to continue from is not on the training machine: {source}.</source>
            <translation>要接着训练的 LoRA 不在训练机器上：{source}。</translation>
        </message>
        <message>
            <source>The ProxyCommand that your SSH settings name for {host} failed: {detail}</source>
            <translation>您的 SSH 设置里为 {host} 指定的 ProxyCommand 失败：{detail}</translation>
        </message>
        <message>
            <source>The base model is to draw regularisation pictures, and there is no class word to say of what.</source>
            <translation>要由底模画正则化图片，却没有类别词说明画什么。</translation>
        </message>
        <message>
            <source>The base model “{path}” is not on this computer.</source>
            <translation>这台电脑上没有底模“{path}”。</translation>
        </message>
        <message>
            <source>The base model “{source}” cannot be loaded: {detail}</source>
            <translation>无法加载底模“{source}”：{detail}</translation>
        </message>
        <message>
            <source>The base model “{source}” holds values that are no numbers, in {part} ({key}).</source>
            <translation>底模“{source}”的 {part} 中有不是数的值（{key}）。</translation>
        </message>
        <message>
            <source>The base model “{source}” is no longer the one with which this run was planned.</source>
            <translation>底模 “{source}” 已不是计划这次训练时的那个。</translation>
        </message>
        <message>
            <source>The base model “{source}” is not of the family {family}.</source>
            <translation>底模“{source}”不属于 {family} 系列。</translation>
        </message>
        <message>
            <source>The base model “{source}” lacks weights, or has them in another shape: {key}.</source>
            <translation>底模“{source}”缺少权重，或形状不符：{key}。</translation>
        </message>
        <message>
            <source>The base model “{source}” was not found.</source>
            <translation>找不到底模“{source}”。</translation>
        </message>
        <message>
            <source>The caption of “{name}” cannot be read: {detail}</source>
            <translation>无法读取“{name}”的描述：{detail}</translation>
        </message>
        <message>
            <source>The caption of “{name}” cannot be saved: {detail}</source>
            <translation>无法保存“{name}”的描述：{detail}</translation>
        </message>
        <message>
            <source>The caption of “{name}” is too long: its end is not read.</source>
            <translation>“{name}”的描述太长：末尾不会被读取。</translation>
        </message>
        <message>
            <source>The caption of “{name}” was also changed by another program.</source>
            <translation>“{name}”的说明也被其他程序改动了。</translation>
        </message>
        <message>
            <source>The caption of “{name}” was changed by another program.</source>
            <translation>“{name}”的描述被其他程序修改了。</translation>
        </message>
        <message>
            <source>The caption of “{name}” was not UTF-8; it was read as {encoding}.</source>
            <translation>“{name}”的描述不是 UTF-8 编码，已按 {encoding} 读取。</translation>
        </message>
        <message>
            <source>The captioning was ended.</source>
            <translation>生成说明已结束。</translation>
        </message>
        <message>
            <source>The checkpoint was made with another value of {setting}.</source>
            <translation>该检查点是用不同的 {setting} 值生成的。</translation>
        </message>
        <message>
            <source>The connection to {host} failed: {detail}</source>
            <translation>与 {host} 的连接失败：{detail}</translation>
        </message>
        <message>
            <source>The connection to {host} was lost.</source>
            <translation>与 {host} 的连接已断开。</translation>
        </message>
        <message>
            <source>The connection was closed to be safe. Connect again; if it goes on, send the report.</source>
            <translation>为安全起见已关闭连接。请重新连接；如果仍然如此，请发送报告。</translation>
        </message>
        <message>
            <source>The disk at {path} can hold no more files: {needed} are needed, {free} are left.</source>
            <translation>{path} 所在的磁盘放不下更多文件：需要 {needed} 个，只剩 {free} 个。</translation>
        </message>
        <message>
            <source>The disk at {path} has room for the next saves again.</source>
            <translation>{path} 所在的磁盘又有空间供以后保存了。</translation>
        </message>
        <message>
            <source>The disk at {path} is full: {needed_mb} MB are needed, {free_mb} MB are free.</source>
            <translation>{path} 所在的磁盘已满：需要 {needed_mb} MB，剩余 {free_mb} MB。</translation>
        </message>
        <message>
            <source>The disk at {path} is full: {needed_mb} MB are needed, {free_mb} MB are free. The training waits for room.</source>
            <translation>{path} 所在的磁盘已满：需要 {needed_mb} MB，剩余 {free_mb} MB。训练在等待空间。</translation>
        </message>
        <message>
            <source>The disk at {path} is nearly full: the next saves need {needed_mb} MB, {free_mb} MB are free.</source>
            <translation>{path} 所在的磁盘快满了：接下来的保存需要 {needed_mb} MB，只剩 {free_mb} MB。</translation>
        </message>
        <message>
            <source>The download has probably broken off. Download the file again.</source>
            <translation>下载可能中断了。请重新下载该文件。</translation>
        </message>
        <message>
            <source>The download of “{name}” was cancelled.</source>
            <translation>“{name}” 的下载已取消。</translation>
        </message>
        <message>
            <source>The download of “{name}” was cut off: its process is gone.</source>
            <translation>“{name}” 的下载中断：它的进程不在了。</translation>
        </message>
        <message>
            <source>The end of “{source}” is missing.</source>
            <translation>“{source}”的结尾缺失。</translation>
        </message>
        <message>
            <source>The file is written. It has no place for {count} of the settings.</source>
            <translation>文件已写入。其中 {count} 项设置没有对应的位置。</translation>
        </message>
        <message>
            <source>The file “{path}” cannot be read: {detail}</source>
            <translation>无法读取文件“{path}”：{detail}</translation>
        </message>
        <message>
            <source>The file “{path}” cannot be written: {detail}</source>
            <translation>无法写入文件“{path}”：{detail}</translation>
        </message>
        <message>
            <source>The file “{path}” was changed while it was being read.</source>
            <translation>文件“{path}”在读取过程中被修改。</translation>
        </message>
        <message>
            <source>The folder {path} on the machine holds files that LoRA Ferry did not put there.</source>
            <translation>机器上的文件夹 {path} 里有不是 LoRA Ferry 放的文件。</translation>
        </message>
        <message>
            <source>The folder “{path}” belongs to the project itself.</source>
            <translation>文件夹“{path}”属于项目本身。</translation>
        </message>
        <message>
            <source>The folder “{path}” cannot be read: {detail}</source>
            <translation>无法读取文件夹“{path}”：{detail}</translation>
        </message>
        <message>
            <source>The graphics card {name} is too old for PyTorch (compute capability {capability}).</source>
            <translation>显卡 {name} 对 PyTorch 来说太旧（计算能力 {capability}）。</translation>
        </message>
        <message>
            <source>The graphics driver {driver} is too old; at least {needed} is needed.</source>
            <translation>显卡驱动 {driver} 太旧，至少需要 {needed}。</translation>
        </message>
        <message>
            <source>The jump host could not go on to {host}:{port}: {detail}</source>
            <translation>跳板机无法继续连接 {host}:{port}：{detail}</translation>
        </message>
        <message>
            <source>The key of {host}:{port} is not the one known so far. Now: {fingerprint} Before: {known} (in {file})</source>
            <translation>{host}:{port} 的密钥与以前的不同。现在：{fingerprint} 以前：{known}（在 {file} 中）</translation>
        </message>
        <message>
            <source>The key “{path}” cannot be used: {detail}</source>
            <translation>无法使用密钥“{path}”：{detail}</translation>
        </message>
        <message>
            <source>The key “{path}” is locked with a passphrase.</source>
            <translation>密钥“{path}”有密码短语保护。</translation>
        </message>
        <message>
            <source>The layer rules leave nothing to train.</source>
            <translation>层规则没有留下可训练的东西。</translation>
        </message>
        <message>
            <source>The learning rate starts at its full height.</source>
            <translation>学习率一开始就是全高。</translation>
        </message>
        <message>
            <source>The list of captions “{path}” cannot be read: {detail}</source>
            <translation>无法读取说明列表“{path}”：{detail}</translation>
        </message>
        <message>
            <source>The list of tags “{path}” cannot be used. {detail}</source>
            <translation>无法使用标签列表“{path}”。{detail}</translation>
        </message>
        <message>
            <source>The machine already has another run with the number {job}.</source>
            <translation>机器上已有另一个编号为 {job} 的训练。</translation>
        </message>
        <message>
            <source>The machine does not have the file “{name}”.</source>
            <translation>机器上没有文件“{name}”。</translation>
        </message>
        <message>
            <source>The machine does not have the list of pictures {manifest}.</source>
            <translation>机器上没有图片清单 {manifest}。</translation>
        </message>
        <message>
            <source>The machine does not know the run {job}.</source>
            <translation>机器不认识训练 {job}。</translation>
        </message>
        <message>
            <source>The machine ended the training because it used more than {limit_mb} MB of main memory. Its last words: {tail}</source>
            <translation>训练使用的内存超过 {limit_mb} MB，被机器终止。最后的输出：{tail}</translation>
        </message>
        <message>
            <source>The machine has no Python that can be used. Found: {found}</source>
            <translation>这台机器上没有可用的 Python。找到的是：{found}</translation>
        </message>
        <message>
            <source>The machine has no installer for Python packages, and none could be fetched on this computer: {detail}</source>
            <translation>机器上没有 Python 包安装程序，本机也没能获取：{detail}</translation>
        </message>
        <message>
            <source>The machine may still be starting or its port may have changed. Compare with your provider's page and try again.</source>
            <translation>机器可能还在启动，或端口已改变。请与服务商页面核对后再试。</translation>
        </message>
        <message>
            <source>The machine sent something that makes no sense: {detail}</source>
            <translation>机器发来了无法理解的内容：{detail}</translation>
        </message>
        <message>
            <source>The machine should stop now, but it cannot stop its own meter.</source>
            <translation>机器现在应该关机，但它无法自己停止计费。</translation>
        </message>
        <message>
            <source>The machine should stop now, but its provider's tool refused: {output}</source>
            <translation>机器现在应该关机，但服务商的工具拒绝了：{output}</translation>
        </message>
        <message>
            <source>The machine should stop now, but that would lose the only copy of {count} runs: {names}</source>
            <translation>机器现在应该关机，但那会丢失 {count} 次训练的唯一副本：{names}</translation>
        </message>
        <message>
            <source>The machine speaks version {theirs} of the protocol, this window version {ours}.</source>
            <translation>机器使用的协议版本为 {theirs}，本窗口为 {ours}。</translation>
        </message>
        <message>
            <source>The machine was restarted while the training was running.</source>
            <translation>训练进行时机器重新启动了。</translation>
        </message>
        <message>
            <source>The machine's record of the run {job} is damaged.</source>
            <translation>机器上训练 {job} 的记录已损坏。</translation>
        </message>
        <message>
            <source>The mask of “{name}” cannot be read: {detail}</source>
            <translation>无法读取“{name}”的蒙版：{detail}</translation>
        </message>
        <message>
            <source>The memory of {device} is not enough: {needed_mb} MB are needed, {free_mb} MB are free.</source>
            <translation>{device} 的显存不足：需要 {needed_mb} MB，剩余 {free_mb} MB。</translation>
        </message>
        <message>
            <source>The model could not be compiled, and is trained without: {detail}</source>
            <translation>模型无法编译，将不编译而训练：{detail}</translation>
        </message>
        <message>
            <source>The model “{name}” could not be downloaded on the machine: {detail}</source>
            <translation>模型 “{name}” 在机器上下载失败：{detail}</translation>
        </message>
        <message>
            <source>The model “{name}” is not at {place}.</source>
            <translation>{place} 上没有模型 “{name}”。</translation>
        </message>
        <message>
            <source>The name “{host}” was not found on the network.</source>
            <translation>在网络上找不到名称“{host}”。</translation>
        </message>
        <message>
            <source>The name “{name}” is not allowed.</source>
            <translation>不允许使用名称“{name}”。</translation>
        </message>
        <message>
            <source>The new text is shown. Undo brings yours back.</source>
            <translation>现在显示的是新文字，撤销即可恢复您的文字。</translation>
        </message>
        <message>
            <source>The notes on the pictures in “{path}” were written by a newer version of LoRA Ferry.</source>
            <translation>“{path}”中的图片记录由更新版本的 LoRA Ferry 写入。</translation>
        </message>
        <message>
            <source>The optimizer {optimizer} needs {library}, which is not installed on the training machine.</source>
            <translation>优化器 {optimizer} 需要 {library}，训练机器上没有安装。</translation>
        </message>
        <message>
            <source>The other rows were read. Look at the file if captions are missing.</source>
            <translation>其他行已读取。如果缺少说明，请查看该文件。</translation>
        </message>
        <message>
            <source>The pattern “{pattern}” cannot be used: {detail}</source>
            <translation>无法使用模式“{pattern}”：{detail}</translation>
        </message>
        <message>
            <source>The pattern “{pattern}” takes too long. It stopped at the caption of “{name}”.</source>
            <translation>模式“{pattern}”耗时过长，停在“{name}”的说明处。</translation>
        </message>
        <message>
            <source>The picture at {address} could not be fetched: {detail}</source>
            <translation>无法获取 {address} 处的图片：{detail}</translation>
        </message>
        <message>
            <source>The picture “{name}” cannot be saved in “{path}”: {detail}</source>
            <translation>图片“{name}”无法保存到“{path}”：{detail}</translation>
        </message>
        <message>
            <source>The pictures are shown without its captions. Captions in .txt files beside the pictures are read as always.</source>
            <translation>显示的图片不含其中的说明。图片旁的 .txt 说明照常读取。</translation>
        </message>
        <message>
            <source>The plan needs at least {needed_mb} MB of a graphics card, and {device} had {had_mb} MB, whatever was tried.</source>
            <translation>这个计划至少需要显存 {needed_mb} MB，而 {device} 有 {had_mb} MB，一切办法都试过了。</translation>
        </message>
        <message>
            <source>The plan says that “{source}” predicts {wanted}, and the model itself says {prediction}.</source>
            <translation>计划说“{source}”预测 {wanted}，而模型自己说是 {prediction}。</translation>
        </message>
        <message>
            <source>The program on the machine did not start. It said: {output}</source>
            <translation>机器上的程序没有启动。它的回应：{output}</translation>
        </message>
        <message>
            <source>The program on the machine has failed: {detail}</source>
            <translation>机器上的程序出现故障：{detail}</translation>
        </message>
        <message>
            <source>The program there mends it by itself from what the run has told. If this goes on, the run's files can be freed.</source>
            <translation>那里的程序会根据训练留下的事件自行修复。如果一直如此，可以释放这次训练的文件。</translation>
        </message>
        <message>
            <source>The result is the same, only slower. To not try again, set “Compile” to “Off”.</source>
            <translation>结果相同，只是更慢。若不想再试，请把“编译”设为“关”。</translation>
        </message>
        <message>
            <source>The run goes on from step {step}, from the checkpoint that this computer held.</source>
            <translation>训练从第 {step} 步继续，用的是本机保存的检查点。</translation>
        </message>
        <message>
            <source>The run has made {step} steps already and cannot end after {total}.</source>
            <translation>训练已进行 {step} 步，不能在 {total} 步结束。</translation>
        </message>
        <message>
            <source>The run takes up to {hours} hours, and the machine is there for {left} hours only.</source>
            <translation>运行最多需要 {hours} 小时，而机器只剩 {left} 小时。</translation>
        </message>
        <message>
            <source>The run was paused because the machine has run, or cost, as much as you allowed.</source>
            <translation>训练已暂停，因为机器的运行时间或花费达到了您允许的上限。</translation>
        </message>
        <message>
            <source>The run {job} cannot do “{action}” now: it is {state}.</source>
            <translation>训练 {job} 现在不能执行“{action}”：其状态为 {state}。</translation>
        </message>
        <message>
            <source>The setting {setting} does not accept this value: {detail}</source>
            <translation>设置 {setting} 不接受这个值：{detail}</translation>
        </message>
        <message>
            <source>The training broke at step {step}: the loss is no longer a number, also with half the learning rate.</source>
            <translation>训练在第 {step} 步崩溃：损失不再是数，学习率减半后也一样。</translation>
        </message>
        <message>
            <source>The training ended without saying why.</source>
            <translation>训练结束了，但没有说明原因。</translation>
        </message>
        <message>
            <source>The training goes on over there. The connection is made again by itself.</source>
            <translation>训练仍在那边继续，连接会自动恢复。</translation>
        </message>
        <message>
            <source>The training goes on without. Approve more pictures to measure on some of them.</source>
            <translation>训练不带验证继续。批准更多图片即可在其中一些上测量。</translation>
        </message>
        <message>
            <source>The training is not affected.</source>
            <translation>训练不受影响。</translation>
        </message>
        <message>
            <source>The training machine knows nothing of these captions any more.</source>
            <translation>训练机器已不再知道这些说明。</translation>
        </message>
        <message>
            <source>The training stopped with an error (exit code {exit_code}). Its last words: {tail}</source>
            <translation>训练因错误而停止（退出代码 {exit_code}）。最后的输出：{tail}</translation>
        </message>
        <message>
            <source>The training was ended from outside (signal {signal}). Its last words: {tail}</source>
            <translation>训练被外部终止（信号 {signal}）。最后的输出：{tail}</translation>
        </message>
        <message>
            <source>The training “{name}” is running on that machine, and both together may run out of memory.</source>
            <translation>训练“{name}”正在该机器上运行，两者一起可能耗尽内存。</translation>
        </message>
        <message>
            <source>The working folder cannot move to {wanted}: runs and their checkpoints lie in {path}.</source>
            <translation>工作文件夹不能移到 {wanted}：{path} 里有训练和检查点。</translation>
        </message>
        <message>
            <source>The {count} folders that were dropped do not lie in one folder.</source>
            <translation>拖入的 {count} 个文件夹不在同一个文件夹中。</translation>
        </message>
        <message>
            <source>There are no pictures in the folder “{path}”.</source>
            <translation>文件夹“{path}”中没有图片。</translation>
        </message>
        <message>
            <source>There are {count} pictures; {usual} or more are usual.</source>
            <translation>有 {count} 张图片；通常为 {usual} 张或更多。</translation>
        </message>
        <message>
            <source>There is no host called “{host}”.</source>
            <translation>没有名为“{host}”的主机。</translation>
        </message>
        <message>
            <source>There is no trigger word.</source>
            <translation>还没有触发词。</translation>
        </message>
        <message>
            <source>There is no way to {host}: {detail}</source>
            <translation>无法到达 {host}：{detail}</translation>
        </message>
        <message>
            <source>They are trained smaller, and never enlarged. Reject them, or find larger ones.</source>
            <translation>它们会以较小尺寸训练，不会被放大。请舍弃它们，或找更大的图片。</translation>
        </message>
        <message>
            <source>They are trained with the trigger word and the class word alone. That works, but captions give more control.</source>
            <translation>它们只用触发词和类别词训练。这样也可以，但有描述更好控制。</translation>
        </message>
        <message>
            <source>This machine has no graphics card that could train.</source>
            <translation>这台机器没有可用于训练的显卡。</translation>
        </message>
        <message>
            <source>Train fewer steps, or have the machine stay longer. A run that is cut off goes on from its last checkpoint.</source>
            <translation>请减少训练步数，或让机器保留更久。中断的运行会从最近的检查点继续。</translation>
        </message>
        <message>
            <source>Train it again from the beginning. For later runs, have checkpoints brought home as they are made.</source>
            <translation>请从头训练。以后的训练可以让检查点一生成就带回本机。</translation>
        </message>
        <message>
            <source>Train longer, or raise the learning rate.</source>
            <translation>请延长训练，或提高学习率。</translation>
        </message>
        <message>
            <source>Train these parts too, or begin without the LoRA. What it knows there would be lost.</source>
            <translation>请同时训练这些部分，或不从该 LoRA 开始；否则它在那里学到的会丢失。</translation>
        </message>
        <message>
            <source>Try again, or download the file elsewhere and choose it here.</source>
            <translation>请重试，或在别处下载文件后在此选择。</translation>
        </message>
        <message>
            <source>Try again, or take another source.</source>
            <translation>重试，或换一个来源。</translation>
        </message>
        <message>
            <source>Try again. A code counts only for some seconds, so wait for a new one; check the password as well.</source>
            <translation>请重试。验证码只在几秒内有效，请等新的；也检查一下密码。</translation>
        </message>
        <message>
            <source>Try again. If it fails at the same place, choose another image or send the report.</source>
            <translation>请重试。如果在同一处再次失败，请换一个镜像或发送报告。</translation>
        </message>
        <message>
            <source>Try again. If it goes on, check the host on the Hosts page.</source>
            <translation>请重试。如果仍然失败，请在“主机”页面检查该主机。</translation>
        </message>
        <message>
            <source>Try again. If it goes on, set the machine up anew on the Hosts page.</source>
            <translation>请重试。如果仍然如此，请在“主机”页面重新配置这台机器。</translation>
        </message>
        <message>
            <source>Try again. If it stays, remove it by hand or delete the machine.</source>
            <translation>请重试。如果仍然还在，手动删除，或删除这台机器。</translation>
        </message>
        <message>
            <source>Try again. The log has the details; nothing of yours was changed.</source>
            <translation>请重试。日志中有详细信息，您的内容没有任何改动。</translation>
        </message>
        <message>
            <source>Update LoRA Ferry to open this folder. Nothing was changed.</source>
            <translation>请更新 LoRA Ferry 后再打开此文件夹。没有做任何改动。</translation>
        </message>
        <message>
            <source>Update LoRA Ferry, or set the machine up anew on the Hosts page.</source>
            <translation>请更新 LoRA Ferry，或在“主机”页面重新配置这台机器。</translation>
        </message>
        <message>
            <source>Use letters, digits, spaces, - and _ only, and no folder names.</source>
            <translation>请只使用字母、数字、空格、- 和 _，且不要包含文件夹名。</translation>
        </message>
        <message>
            <source>Wait a moment until its state is up to date, then try again.</source>
            <translation>请稍等，待状态更新后再试。</translation>
        </message>
        <message>
            <source>Wait until it has finished, or choose to caption beside it.</source>
            <translation>请等它结束，或选择在其旁边生成说明。</translation>
        </message>
        <message>
            <source>Wait until the other program is done with it, then try again.</source>
            <translation>请等其他程序处理完毕后再试。</translation>
        </message>
        <message>
            <source>What answers at {host}:{port} is not SSH. It says: {banner}</source>
            <translation>{host}:{port} 上应答的不是 SSH。它说：{banner}</translation>
        </message>
        <message>
            <source>What had arrived is kept. Start it again to go on, or choose another model.</source>
            <translation>已收到的内容会保留。请再次开始以继续，或选择其他模型。</translation>
        </message>
        <message>
            <source>What had arrived is kept. Starting it again goes on with the other pictures.</source>
            <translation>已收到的内容会保留。再次开始会继续处理其他图片。</translation>
        </message>
        <message>
            <source>What has come is kept: try again later, or download the file yourself and choose it here.</source>
            <translation>已到达的部分会保留：请稍后重试，或自行下载文件后在此选择。</translation>
        </message>
        <message>
            <source>What has come is kept: try again later, or send the model from this computer.</source>
            <translation>已下载的部分会保留：稍后重试，或从这台电脑发送模型。</translation>
        </message>
        <message>
            <source>What has come is kept; starting it again goes on from there.</source>
            <translation>已下载的部分会保留，重新开始会从那里继续。</translation>
        </message>
        <message>
            <source>What is at {address} is larger than {limit_mb} MB.</source>
            <translation>{address} 处的内容大于 {limit_mb} MB。</translation>
        </message>
        <message>
            <source>What is there twice is learned twice as much. Reject them, or keep them where that is what you want.</source>
            <translation>重复的内容会学习两倍。请舍弃它们；如果正是您想要的，就保留。</translation>
        </message>
        <message>
            <source>What was dropped holds no pictures.</source>
            <translation>拖入的内容不含图片。</translation>
        </message>
        <message>
            <source>What {place} gave as “{name}” is not the file it should be; it was thrown away.</source>
            <translation>{place} 提供的“{name}”不是应有的文件；已丢弃。</translation>
        </message>
        <message>
            <source>What {place} sent as “{name}” is not the file it should be; it was thrown away.</source>
            <translation>{place} 以 “{name}” 发来的不是应有的文件，已丢弃。</translation>
        </message>
        <message>
            <source>You connect to {host}:{port} for the first time. Its {kind} key has the fingerprint {fingerprint}</source>
            <translation>您是第一次连接 {host}:{port}。它的 {kind} 密钥指纹为 {fingerprint}</translation>
        </message>
        <message>
            <source>Your runs are not lost. Connect again; if it goes on, send the report.</source>
            <translation>您的训练没有丢失。请重新连接；如果仍然如此，请发送报告。</translation>
        </message>
        <message>
            <source>Zero terminal SNR needs a base model of the v kind.</source>
            <translation>零终端信噪比需要 v 预测的底模。</translation>
        </message>
        <message>
            <source>{count} pictures are trained without regularisation.</source>
            <translation>{count} 张图片在没有正则化的情况下训练。</translation>
        </message>
        <message>
            <source>{count} pictures have fewer pixels than a training at {resolution} asks for.</source>
            <translation>{count} 张图片的像素少于 {resolution} 训练所需。</translation>
        </message>
        <message>
            <source>{count} pictures have the same caption.</source>
            <translation>{count} 张图片的说明相同。</translation>
        </message>
        <message>
            <source>{host} accepts connections on port {port} but says nothing.</source>
            <translation>{host} 接受了端口 {port} 上的连接，但没有任何回应。</translation>
        </message>
        <message>
            <source>{host} answered without a caption: {detail}</source>
            <translation>{host} 的回答中没有说明：{detail}</translation>
        </message>
        <message>
            <source>{host} asks {user} for more than a password: {question}</source>
            <translation>{host} 除密码外还要求 {user} 提供：{question}</translation>
        </message>
        <message>
            <source>{host} cannot be reached: {detail}</source>
            <translation>无法连接 {host}：{detail}</translation>
        </message>
        <message>
            <source>{host} did not accept the answers of {user}.</source>
            <translation>{host} 没有接受 {user} 的回答。</translation>
        </message>
        <message>
            <source>{host} did not accept the key: {detail}</source>
            <translation>{host} 不接受该密钥：{detail}</translation>
        </message>
        <message>
            <source>{host} did not accept the password of {user}.</source>
            <translation>{host} 不接受 {user} 的密码。</translation>
        </message>
        <message>
            <source>{host} did not answer on port {port}.</source>
            <translation>{host} 在端口 {port} 上没有响应。</translation>
        </message>
        <message>
            <source>{host} did not let {user} in. It accepts: {methods}</source>
            <translation>{host} 不允许 {user} 登录。它接受：{methods}</translation>
        </message>
        <message>
            <source>{host} does not give the model “{name}” to everybody.</source>
            <translation>{host} 不会把模型 “{name}” 提供给所有人。</translation>
        </message>
        <message>
            <source>{host} does not know the model or the address: {detail}</source>
            <translation>{host} 不认识该模型或地址：{detail}</translation>
        </message>
        <message>
            <source>{host} needs something that the built-in SSH cannot do: {needed}</source>
            <translation>{host} 需要内置 SSH 做不到的功能：{needed}</translation>
        </message>
        <message>
            <source>{host} refused to describe a picture: {detail}</source>
            <translation>{host} 拒绝描述某张图片：{detail}</translation>
        </message>
        <message>
            <source>{host} refuses connections on port {port}.</source>
            <translation>{host} 拒绝了端口 {port} 上的连接。</translation>
        </message>
        <message>
            <source>{names} have one caption between them, in the file “{file}”. Groups of pictures like this: {count}.</source>
            <translation>{names} 共用一条说明，位于文件“{file}”。这样的图片组：{count}。</translation>
        </message>
        <message>
            <source>{name} does not fit the layers of this base model, for example {example}.</source>
            <translation>{name} 与这个底模的层不符，例如 {example}。</translation>
        </message>
        <message>
            <source>{name} has layers that this plan does not train: {count}, for example {example}.</source>
            <translation>{name} 含有这个计划不训练的层：{count} 个，例如 {example}。</translation>
        </message>
        <message>
            <source>{name} has rank {rank} where this plan has {wanted}, for example in {example}.</source>
            <translation>{name} 的秩为 {rank}，而这个计划为 {wanted}，例如在 {example}。</translation>
        </message>
        <message>
            <source>{name} holds adapters for which the form “{form}” has no names.</source>
            <translation>{name} 含有“{form}”形式没有名称的适配器。</translation>
        </message>
        <message>
            <source>{name} is a LoRA for {family}, and the base model is another.</source>
            <translation>{name} 是 {family} 的 LoRA，而底模不是。</translation>
        </message>
        <message>
            <source>{name} is of another kind than this plan trains: {kind}.</source>
            <translation>{name} 与这个计划训练的种类不同：{kind}。</translation>
        </message>
        <message>
            <source>{place} sent something else than the model “{name}”.</source>
            <translation>{place} 发来的不是模型 “{name}”。</translation>
        </message>
        <message>
            <source>“{address}” is no address of a caption server.</source>
            <translation>“{address}”不是说明服务器的地址。</translation>
        </message>
        <message>
            <source>“{host}” is RunPod's proxied address. It carries a terminal, but neither files nor commands.</source>
            <translation>“{host}” 是 RunPod 的代理地址，只能用终端，不能传文件，也不能执行命令。</translation>
        </message>
        <message>
            <source>“{name}” could not be downloaded: {detail}</source>
            <translation>无法下载“{name}”：{detail}</translation>
        </message>
        <message>
            <source>“{name}” did not arrive as it was sent.</source>
            <translation>“{name}”到达时与发送的内容不一致。</translation>
        </message>
        <message>
            <source>“{name}” does not tell how it was trained.</source>
            <translation>“{name}”没有说明它是如何训练的。</translation>
        </message>
        <message>
            <source>“{name}” ended before all pictures were described: {detail}</source>
            <translation>“{name}”在描述完所有图片之前结束：{detail}</translation>
        </message>
        <message>
            <source>“{name}” ends too early: part of the picture is missing.</source>
            <translation>“{name}”不完整，缺少部分图像内容。</translation>
        </message>
        <message>
            <source>“{name}” has {width} × {height} pixels, less than the training resolution of {resolution}.</source>
            <translation>“{name}”为 {width} × {height} 像素，小于训练分辨率 {resolution}。</translation>
        </message>
        <message>
            <source>“{name}” has {width} × {height} pixels; a side may have at most {limit}.</source>
            <translation>“{name}”为 {width} × {height} 像素；单边最多 {limit} 像素。</translation>
        </message>
        <message>
            <source>“{name}” holds no settings that can be read: {detail}</source>
            <translation>“{name}”不含可读取的设置：{detail}</translation>
        </message>
        <message>
            <source>“{name}” is a HEIC picture of a phone, and the part that reads those is not installed.</source>
            <translation>“{name}”是手机的 HEIC 图片，而读取它的部件尚未安装。</translation>
        </message>
        <message>
            <source>“{name}” is an empty file.</source>
            <translation>“{name}”是空文件。</translation>
        </message>
        <message>
            <source>“{name}” is no longer in the folder.</source>
            <translation>“{name}”已不在文件夹中。</translation>
        </message>
        <message>
            <source>“{name}” is no longer on this computer as it was when this run was launched.</source>
            <translation>“{name}” 在本机上已不是启动这次训练时的样子。</translation>
        </message>
        <message>
            <source>“{name}” is not a complete safetensors file: {detail}</source>
            <translation>“{name}”不是完整的 safetensors 文件：{detail}</translation>
        </message>
        <message>
            <source>“{name}” is not a model of the kind that was expected: {detail}</source>
            <translation>“{name}”不是预期类型的模型：{detail}</translation>
        </message>
        <message>
            <source>“{name}” is not a picture that can be read: {detail}</source>
            <translation>“{name}”不是可以读取的图片：{detail}</translation>
        </message>
        <message>
            <source>“{name}” is not what the machine had written.</source>
            <translation>“{name}”与机器写出的内容不一致。</translation>
        </message>
        <message>
            <source>“{name}” was left out of the training: {detail}</source>
            <translation>“{name}”未参加训练：{detail}</translation>
        </message>
        <message>
            <source>“{path}” is not the model that finds faces: {detail}</source>
            <translation>“{path}”不是寻找人脸的模型：{detail}</translation>
        </message>
        <message>
            <source>“{source}” does not say what it predicts; its weights look like {prediction}.</source>
            <translation>“{source}”没有说明它预测什么；从权重看像是 {prediction}。</translation>
        </message>
        <message>
            <source>“{source}” is a model of the kind {kind}, which cannot be trained yet.</source>
            <translation>“{source}”是 {kind} 类的模型，目前还不能训练。</translation>
        </message>
        <message>
            <source>“{source}” is a pickled file, which could run any program when it is opened, so it is not used.</source>
            <translation>“{source}”是 pickle 文件，打开时可能运行任意程序，因此不使用。</translation>
        </message>
        <message>
            <source>“{source}” is no base model that LoRA Ferry knows.</source>
            <translation>“{source}”不是 LoRA Ferry 认识的底模。</translation>
        </message>
        <message>
            <source>“{source}” leads to no base model.</source>
            <translation>“{source}”没有指向任何底模。</translation>
        </message>
        <message>
            <source>“{text}” is not an address that can be understood.</source>
            <translation>无法识别地址“{text}”。</translation>
        </message>
    </context>
    <context>
        <name>ProposalModel</name>
        <message>
            <source>From the faces in it</source>
            <translation>根据其中的人脸</translation>
        </message>
        <message>
            <source>From what stands out</source>
            <translation>根据显眼的部分</translation>
        </message>
        <message>
            <source>It has crops already, which would be replaced.</source>
            <translation>它已有裁剪，将被替换。</translation>
        </message>
        <message>
            <source>Nothing stands out: the middle</source>
            <translation>没有显眼的部分：取中间</translation>
        </message>
        <message>
            <source>Put there by you</source>
            <translation>由您放置</translation>
        </message>
        <message>
            <source>skipped</source>
            <translation>已跳过</translation>
        </message>
        <message>
            <source>taken over</source>
            <translation>已采用</translation>
        </message>
    </context>
    <context>
        <name>Quality</name>
        <message>
            <source>Area of lights without any detail. White grounds of drawings do not count.</source>
            <translation>没有任何细节的高光面积。图画的白色背景不计。</translation>
        </message>
        <message>
            <source>Area of plain bars and frames, which are learned too. Cropping helps as well.</source>
            <translation>纯色边条和边框的面积，它们也会被学习。裁剪也有帮助。</translation>
        </message>
        <message>
            <source>Area of shadows without any detail. Black grounds of drawings do not count.</source>
            <translation>没有任何细节的阴影面积。图画的黑色背景不计。</translation>
        </message>
        <message>
            <source>Blurred</source>
            <translation>模糊</translation>
        </message>
        <message>
            <source>Burnt out</source>
            <translation>过曝</translation>
        </message>
        <message>
            <source>Grain, as of a dark room. Fine texture everywhere measures a little, too.</source>
            <translation>颗粒，如同昏暗的房间。处处都有的细纹理也会略有影响。</translation>
        </message>
        <message>
            <source>Lost in black</source>
            <translation>死黑</translation>
        </message>
        <message>
            <source>Mean brightness, from black to white.</source>
            <translation>平均亮度，从黑到白。</translation>
        </message>
        <message>
            <source>Noisy</source>
            <translation>噪点多</translation>
        </message>
        <message>
            <source>Nothing in them is sharp. 50 % shows no more than a picture half as wide.</source>
            <translation>其中没有任何清晰的部分。50 % 表示所显示的细节不多于一半宽的图片。</translation>
        </message>
        <message>
            <source>Sides as a share of those that are trained. Smaller ones are trained in less detail.</source>
            <translation>边长占训练所需的比例。较小的图片以较少的细节训练。</translation>
        </message>
        <message>
            <source>Too dark</source>
            <translation>太暗</translation>
        </message>
        <message>
            <source>Too small</source>
            <translation>太小</translation>
        </message>
        <message>
            <source>With a border</source>
            <translation>有边框</translation>
        </message>
        <message>
            <source>alike</source>
            <translation>相似</translation>
        </message>
        <message>
            <source>better exposed</source>
            <translation>曝光更好</translation>
        </message>
        <message>
            <source>has a caption</source>
            <translation>有说明</translation>
        </message>
        <message>
            <source>less compressed</source>
            <translation>压缩较少</translation>
        </message>
        <message>
            <source>less noise</source>
            <translation>噪点较少</translation>
        </message>
        <message>
            <source>marked to keep</source>
            <translation>标记为保留</translation>
        </message>
        <message>
            <source>mirrored</source>
            <translation>镜像</translation>
        </message>
        <message>
            <source>more pixels</source>
            <translation>像素更多</translation>
        </message>
        <message>
            <source>more stars</source>
            <translation>星级更高</translation>
        </message>
        <message>
            <source>no border</source>
            <translation>没有边框</translation>
        </message>
        <message>
            <source>sharper</source>
            <translation>更清晰</translation>
        </message>
        <message>
            <source>the first of equals</source>
            <translation>同样好中的第一张</translation>
        </message>
        <message>
            <source>the same file</source>
            <translation>同一文件</translation>
        </message>
    </context>
    <context>
        <name>Quantities</name>
        <message>
            <source>{days} d {hours} h</source>
            <translation>{days} 天 {hours} 小时</translation>
        </message>
        <message>
            <source>{hours} h {minutes:02} min</source>
            <translation>{hours} 小时 {minutes:02} 分</translation>
        </message>
        <message>
            <source>{minutes} min {seconds:02} s</source>
            <translation>{minutes} 分 {seconds:02} 秒</translation>
        </message>
        <message>
            <source>{number} d</source>
            <translation>{number} 天</translation>
        </message>
        <message>
            <source>{number} h</source>
            <translation>{number} 小时</translation>
        </message>
        <message>
            <source>{number} min</source>
            <translation>{number} 分钟</translation>
        </message>
        <message>
            <source>{number} s</source>
            <translation>{number} 秒</translation>
        </message>
        <message>
            <source>{pace} s/step</source>
            <translation>{pace} 秒/步</translation>
        </message>
        <message>
            <source>{rate} steps/s</source>
            <translation>{rate} 步/秒</translation>
        </message>
        <message>
            <source>{seconds} s</source>
            <translation>{seconds} 秒</translation>
        </message>
    </context>
    <context>
        <name>Query</name>
        <message>
            <source> and </source>
            <translation> 且 </translation>
        </message>
        <message>
            <source> or </source>
            <translation> 或 </translation>
        </message>
        <message>
            <source>Is “{value}:” meant? As it stands, these letters are looked for.</source>
            <translation>是指“{value}:”吗？现在是按这些字母查找。</translation>
        </message>
        <message>
            <source>More than {depth} brackets inside each other are not understood.</source>
            <translation>无法理解超过 {depth} 层的括号。</translation>
        </message>
        <message>
            <source>More than {length} letters are not understood.</source>
            <translation>无法理解超过 {length} 个字母。</translation>
        </message>
        <message>
            <source>Put a colon here instead of “{value}”.</source>
            <translation>请在此处用冒号代替“{value}”。</translation>
        </message>
        <message>
            <source>Something has to follow here, without a space: tag:smile, stars&gt;=3.</source>
            <translation>此处后面必须紧跟内容，中间无空格：tag:smile、stars&gt;=3。</translation>
        </message>
        <message>
            <source>Something has to stand beside this.</source>
            <translation>旁边必须有内容。</translation>
        </message>
        <message>
            <source>The closing bracket is missing.</source>
            <translation>缺少右括号。</translation>
        </message>
        <message>
            <source>The closing quotation mark is missing.</source>
            <translation>缺少右引号。</translation>
        </message>
        <message>
            <source>This bracket closes nothing.</source>
            <translation>这个括号没有对应的左括号。</translation>
        </message>
        <message>
            <source>a concept’s title</source>
            <translation>概念的名称</translation>
        </message>
        <message>
            <source>a tag; * stands for anything</source>
            <translation>标签；* 代表任意内容</translation>
        </message>
        <message>
            <source>black share</source>
            <translation>黑色占比</translation>
        </message>
        <message>
            <source>blur</source>
            <translation>模糊度</translation>
        </message>
        <message>
            <source>border share</source>
            <translation>边框占比</translation>
        </message>
        <message>
            <source>bucket {width} × {height}</source>
            <translation>分桶 {width} × {height}</translation>
        </message>
        <message>
            <source>burnt-out share</source>
            <translation>过曝占比</translation>
        </message>
        <message>
            <source>cannot be read</source>
            <translation>无法读取</translation>
        </message>
        <message>
            <source>caption “{text}”</source>
            <translation>说明“{text}”</translation>
        </message>
        <message>
            <source>captioned by tags</source>
            <translation>以标签说明</translation>
        </message>
        <message>
            <source>captioned in sentences</source>
            <translation>以句子说明</translation>
        </message>
        <message>
            <source>concept “{text}”</source>
            <translation>概念“{text}”</translation>
        </message>
        <message>
            <source>cropped</source>
            <translation>已裁剪</translation>
        </message>
        <message>
            <source>flipped</source>
            <translation>已翻转</translation>
        </message>
        <message>
            <source>folder “{text}”</source>
            <translation>文件夹“{text}”</translation>
        </message>
        <message>
            <source>height</source>
            <translation>高度</translation>
        </message>
        <message>
            <source>higher than wide</source>
            <translation>高大于宽</translation>
        </message>
        <message>
            <source>how a picture is</source>
            <translation>图片的状态</translation>
        </message>
        <message>
            <source>in no concept</source>
            <translation>不属于任何概念</translation>
        </message>
        <message>
            <source>kept</source>
            <translation>已保留</translation>
        </message>
        <message>
            <source>megapixels</source>
            <translation>百万像素</translation>
        </message>
        <message>
            <source>name “{text}”</source>
            <translation>名称“{text}”</translation>
        </message>
        <message>
            <source>new since the last training</source>
            <translation>上次训练以来新增</translation>
        </message>
        <message>
            <source>noise</source>
            <translation>噪点</translation>
        </message>
        <message>
            <source>not {what}</source>
            <translation>非{what}</translation>
        </message>
        <message>
            <source>number of tags</source>
            <translation>标签数量</translation>
        </message>
        <message>
            <source>part of the file’s name</source>
            <translation>文件名的一部分</translation>
        </message>
        <message>
            <source>part of the folder’s name</source>
            <translation>文件夹名的一部分</translation>
        </message>
        <message>
            <source>pixels</source>
            <translation>像素</translation>
        </message>
        <message>
            <source>rejected</source>
            <translation>已舍弃</translation>
        </message>
        <message>
            <source>shorter side</source>
            <translation>短边</translation>
        </message>
        <message>
            <source>square</source>
            <translation>正方形</translation>
        </message>
        <message>
            <source>stars</source>
            <translation>星级</translation>
        </message>
        <message>
            <source>tag {text}</source>
            <translation>标签 {text}</translation>
        </message>
        <message>
            <source>to be trained</source>
            <translation>将要训练</translation>
        </message>
        <message>
            <source>tokens</source>
            <translation>词元</translation>
        </message>
        <message>
            <source>turned</source>
            <translation>已旋转</translation>
        </message>
        <message>
            <source>unsure</source>
            <translation>待定</translation>
        </message>
        <message>
            <source>wider than high</source>
            <translation>宽大于高</translation>
        </message>
        <message>
            <source>width</source>
            <translation>宽度</translation>
        </message>
        <message>
            <source>width by height</source>
            <translation>宽高比</translation>
        </message>
        <message>
            <source>with a caption</source>
            <translation>有说明</translation>
        </message>
        <message>
            <source>with a mask</source>
            <translation>有蒙版</translation>
        </message>
        <message>
            <source>without a caption</source>
            <translation>没有说明</translation>
        </message>
        <message>
            <source>without a verdict</source>
            <translation>没有判定</translation>
        </message>
        <message>
            <source>words</source>
            <translation>词数</translation>
        </message>
        <message>
            <source>words in the caption</source>
            <translation>说明中的词</translation>
        </message>
        <message>
            <source>“{text}”</source>
            <translation>“{text}”</translation>
        </message>
        <message>
            <source>“{value}” is not a bucket. Write its pixels, such as 832x1216.</source>
            <translation>“{value}”不是分桶。请写像素，例如 832x1216。</translation>
        </message>
        <message>
            <source>“{value}” is not a number. Write one such as 0.3, 50% or 512..768.</source>
            <translation>“{value}”不是数字。请写例如 0.3、50% 或 512..768。</translation>
        </message>
        <message>
            <source>“{value}” is nothing that a picture can be. Try is:keep or is:new.</source>
            <translation>“{value}”不是图片的状态。请试试 is:keep 或 is:new。</translation>
        </message>
    </context>
    <context>
        <name>QueryBar</name>
        <message>
            <source>No picture is like that. Take terms out, or press Esc in the field to see all.</source>
            <translation>没有这样的图片。请去除条件，或在输入框中按 Esc 查看全部。</translation>
        </message>
        <message>
            <source>Take out: {term}</source>
            <translation>去除：{term}</translation>
        </message>
        <message>
            <source>{count} of {total} shown</source>
            <translation>显示 {count} / {total}</translation>
        </message>
        <message>
            <source>{total} pictures</source>
            <translation>{total} 张图片</translation>
        </message>
    </context>
    <context>
        <name>QueryField</name>
        <message>
            <source>Search for nothing (Esc)</source>
            <translation>清空搜索（Esc）</translation>
        </message>
        <message>
            <source>Search pictures</source>
            <translation>搜索图片</translation>
        </message>
        <message>
            <source>Search: red hat, tag:smile, -blurry, stars&gt;=3, size&lt;768, is:new</source>
            <translation>搜索：red hat, tag:smile, -blurry, stars&gt;=3, size&lt;768, is:new</translation>
        </message>
    </context>
    <context>
        <name>QueuePanel</name>
        <message>
            <source>Hold it back</source>
            <translation>暂缓</translation>
        </message>
        <message>
            <source>Let it start</source>
            <translation>允许开始</translation>
        </message>
        <message>
            <source>Start earlier (Alt+Up)</source>
            <translation>提前开始 (Alt+Up)</translation>
        </message>
        <message>
            <source>Start later (Alt+Down)</source>
            <translation>推后开始 (Alt+Down)</translation>
        </message>
        <message>
            <source>Take off the queue</source>
            <translation>移出队列</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>排队中</translation>
        </message>
        <message>
            <source>Waiting for {host}</source>
            <translation>等待 {host}</translation>
        </message>
    </context>
    <context>
        <name>Queues</name>
        <message>
            <source>This computer</source>
            <translation>这台电脑</translation>
        </message>
    </context>
    <context>
        <name>Rail</name>
        <message>
            <source>Appearance</source>
            <translation>外观</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>深色</translation>
        </message>
        <message>
            <source>Language</source>
            <translation>语言</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>浅色</translation>
        </message>
        <message>
            <source>Like the system</source>
            <translation>跟随系统</translation>
        </message>
    </context>
    <context>
        <name>RateCard</name>
        <message>
            <source>From {first} at step 1 over {highest} to {last} at step {steps}</source>
            <translation>从第 1 步的 {first}，经 {highest}，到第 {steps} 步的 {last}</translation>
        </message>
        <message>
            <source>Learning rate</source>
            <translation>学习率</translation>
        </message>
    </context>
    <context>
        <name>Reasons</name>
        <message>
            <source>From your preset.</source>
            <translation>来自您的预设。</translation>
        </message>
        <message>
            <source>Set by you in Expert.</source>
            <translation>由您在专家模式中设置。</translation>
        </message>
        <message>
            <source>Take the preset's value again</source>
            <translation>恢复预设值</translation>
        </message>
        <message>
            <source>What follows from that</source>
            <translation>由此得出的设置</translation>
        </message>
        <message>
            <source>You need not touch any of it. Expert shows these and all other settings.</source>
            <translation>这些都不必改动。专家模式会显示这些以及其他全部设置。</translation>
        </message>
    </context>
    <context>
        <name>RebindingDialog</name>
        <message>
            <source>Action</source>
            <translation>操作</translation>
        </message>
        <message>
            <source>Actions and their keys</source>
            <translation>操作及其按键</translation>
        </message>
        <message>
            <source>All as at first</source>
            <translation>全部恢复默认</translation>
        </message>
        <message>
            <source>As at first</source>
            <translation>恢复默认</translation>
        </message>
        <message>
            <source>Changed</source>
            <translation>已更改</translation>
        </message>
        <message>
            <source>Done</source>
            <translation>完成</translation>
        </message>
        <message>
            <source>Everywhere</source>
            <translation>所有页面</translation>
        </message>
        <message>
            <source>Find an action or a key</source>
            <translation>查找操作或按键</translation>
        </message>
        <message>
            <source>Keys</source>
            <translation>按键</translation>
        </message>
        <message>
            <source>New keys</source>
            <translation>新按键</translation>
        </message>
        <message>
            <source>No keys</source>
            <translation>没有按键</translation>
        </message>
        <message>
            <source>Page</source>
            <translation>页面</translation>
        </message>
        <message>
            <source>Shortcuts</source>
            <translation>快捷键</translation>
        </message>
        <message>
            <source>Take them</source>
            <translation>采用</translation>
        </message>
        <message>
            <source>{keys} belongs to “{names}”. Taking it leaves that with its other keys.</source>
            <translation>{keys} 属于“{names}”。采用后，后者仍保留其他按键。</translation>
        </message>
        <message>
            <source>{keys} belongs to “{names}”. Taking it leaves that without keys.</source>
            <translation>{keys} 属于“{names}”。采用后，后者将没有按键。</translation>
        </message>
        <message>
            <source>{keys} is always “{name}”. Choose others.</source>
            <translation>{keys} 始终是“{name}”。请选择其他按键。</translation>
        </message>
        <message>
            <source>{keys} it is.</source>
            <translation>就用 {keys}。</translation>
        </message>
    </context>
    <context>
        <name>RentingAdvice</name>
        <message>
            <source>1. Rent a machine by the hour: an NVIDIA card with 12 GB or more, and 50 GB of disk.</source>
            <translation>1. 按小时租一台机器：12 GB 或更大显存的 NVIDIA 显卡，50 GB 磁盘。</translation>
        </message>
        <message>
            <source>2. Choose an image with PyTorch. A trainer in it is not needed: LoRA Ferry brings its own.</source>
            <translation>2. 选择带 PyTorch 的镜像。镜像里不需要训练器：LoRA Ferry 自带。</translation>
        </message>
        <message>
            <source>3. When it runs, copy its SSH command, the one over a public IP address (direct TCP).</source>
            <translation>3. 机器运行后，复制它的 SSH 命令，即通过公网 IP 直连 (TCP) 的那一条。</translation>
        </message>
        <message>
            <source>4. Paste it above. Everything else is set up from here, and nothing on the machine is opened up.</source>
            <translation>4. 粘贴到上方。其余一切都从这里配置，机器上不会开放任何端口。</translation>
        </message>
        <message>
            <source>No rented machine yet</source>
            <translation>还没有租用的机器</translation>
        </message>
    </context>
    <context>
        <name>ReplaceDialog</name>
        <message>
            <source>Capitals matter</source>
            <translation>区分大小写</translation>
        </message>
        <message>
            <source>Find</source>
            <translation>查找</translation>
        </message>
        <message>
            <source>Find and replace</source>
            <translation>查找和替换</translation>
        </message>
        <message>
            <source>Regular expression</source>
            <translation>正则表达式</translation>
        </message>
        <message>
            <source>Replace</source>
            <translation>替换</translation>
        </message>
        <message>
            <source>Replace with</source>
            <translation>替换为</translation>
        </message>
        <message>
            <source>Whole words</source>
            <translation>整词匹配</translation>
        </message>
    </context>
    <context>
        <name>ResetButton</name>
        <message>
            <source>Changed. Take the preset's value again: {value}</source>
            <translation>已更改。重新采用预设的值：{value}</translation>
        </message>
    </context>
    <context>
        <name>RuleRow</name>
        <message>
            <source>Reject {count}</source>
            <translation>舍弃 {count} 张</translation>
        </message>
        <message>
            <source>Reject: {rule}</source>
            <translation>舍弃：{rule}</translation>
        </message>
        <message>
            <source>Show</source>
            <translation>显示</translation>
        </message>
        <message>
            <source>Show: {rule}</source>
            <translation>显示：{rule}</translation>
        </message>
        <message>
            <source>would reject {count}</source>
            <translation>将舍弃 {count} 张</translation>
        </message>
    </context>
    <context>
        <name>RunLog</name>
        <message>
            <source>Checkpoint saved at step {step}.</source>
            <translation>已在第 {step} 步保存检查点。</translation>
        </message>
        <message>
            <source>Finished at step {step}: {file}</source>
            <translation>在第 {step} 步完成：{file}</translation>
        </message>
        <message>
            <source>Started on {device} with {images} pictures, {precision}, {steps} steps.</source>
            <translation>已在 {device} 上开始：{images} 张图片，{precision}，{steps} 步。</translation>
        </message>
        <message>
            <source>Stopped at step {step}.</source>
            <translation>已在第 {step} 步停止。</translation>
        </message>
        <message>
            <source>Test picture at step {step}: {prompt}</source>
            <translation>第 {step} 步的样图：{prompt}</translation>
        </message>
        <message>
            <source>The run changed itself to go on: {detail}</source>
            <translation>训练自行调整以继续：{detail}</translation>
        </message>
        <message>
            <source>{phase}: at most {memory} MB of memory at once.</source>
            <translation>{phase}：一次最多占用内存 {memory} MB。</translation>
        </message>
    </context>
    <context>
        <name>RunPanel</name>
        <message>
            <source>End it now</source>
            <translation>立即结束</translation>
        </message>
        <message>
            <source>Ends at once. What was made since the last checkpoint is lost.</source>
            <translation>马上结束。上一个检查点之后的进度会丢失。</translation>
        </message>
        <message>
            <source>Free space …</source>
            <translation>腾出空间…</translation>
        </message>
        <message>
            <source>From the newest checkpoint that was brought to this computer, on this machine or another one</source>
            <translation>从带回本机的最新检查点继续，在这台或另一台机器上</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>继续</translation>
        </message>
        <message>
            <source>Go on elsewhere</source>
            <translation>在别处继续</translation>
        </message>
        <message>
            <source>Go on from the last checkpoint</source>
            <translation>从最近的检查点继续</translation>
        </message>
        <message>
            <source>Log</source>
            <translation>日志</translation>
        </message>
        <message>
            <source>Show the LoRA</source>
            <translation>显示 LoRA</translation>
        </message>
        <message>
            <source>Stop and save</source>
            <translation>停止并保存</translation>
        </message>
        <message>
            <source>Test pictures</source>
            <translation>样图</translation>
        </message>
        <message>
            <source>loss {loss}</source>
            <translation>损失 {loss}</translation>
        </message>
        <message>
            <source>not connected, the run goes on</source>
            <translation>未连接，训练仍在继续</translation>
        </message>
        <message>
            <source>step {step} of {total}</source>
            <translation>第 {step} / {total} 步</translation>
        </message>
        <message>
            <source>{time} left</source>
            <translation>剩余 {time}</translation>
        </message>
    </context>
    <context>
        <name>RunTools</name>
        <message>
            <source>Also all that another machine needs to go on from there</source>
            <translation>还包括另一台机器从那里继续所需的一切</translation>
        </message>
        <message>
            <source>Also the LoRA of each checkpoint</source>
            <translation>还包括每个检查点的 LoRA</translation>
        </message>
        <message>
            <source>Bring home</source>
            <translation>带回本机</translation>
        </message>
        <message>
            <source>Hold</source>
            <translation>暂缓</translation>
        </message>
        <message>
            <source>Keeps it from starting until you let it</source>
            <translation>在您允许之前不开始</translation>
        </message>
        <message>
            <source>Let it start</source>
            <translation>允许开始</translation>
        </message>
        <message>
            <source>Makes the test pictures after this step</source>
            <translation>这一步之后生成测试图</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>暂停</translation>
        </message>
        <message>
            <source>Save now</source>
            <translation>立即保存</translation>
        </message>
        <message>
            <source>Take off the queue</source>
            <translation>移出队列</translation>
        </message>
        <message>
            <source>Test pictures now</source>
            <translation>立即测试出图</translation>
        </message>
        <message>
            <source>The results and test pictures</source>
            <translation>成果和测试图</translation>
        </message>
        <message>
            <source>What comes to this computer while the run goes on</source>
            <translation>训练进行中带回本机的内容</translation>
        </message>
        <message>
            <source>Writes a checkpoint after this step</source>
            <translation>这一步之后写入检查点</translation>
        </message>
        <message>
            <source>Writes a checkpoint and gives the graphics card free, until you let it go on</source>
            <translation>写入检查点并释放显卡，直到您让它继续</translation>
        </message>
    </context>
    <context>
        <name>RunsPage</name>
        <message>
            <source>Nothing was trained yet.
Approve some pictures, answer the three questions in Plan, press Train.</source>
            <translation>还没有训练过。
请采用一些图片，在“计划”中回答三个问题，然后点击“开始训练”。</translation>
        </message>
        <message>
            <source>Runs</source>
            <translation>训练</translation>
        </message>
        <message>
            <source>What is training, and everything that was trained. Kept here, also offline.</source>
            <translation>正在训练的和已经训练过的一切都保存在这里，离线也能查看。</translation>
        </message>
    </context>
    <context>
        <name>SampleMatrix</name>
        <message>
            <source>Before training</source>
            <translation>训练前</translation>
        </message>
        <message>
            <source>Step {step}</source>
            <translation>第 {step} 步</translation>
        </message>
    </context>
    <context>
        <name>SavedButton</name>
        <message>
            <source>Delete a filter</source>
            <translation>删除筛选</translation>
        </message>
        <message>
            <source>No filters are saved yet.</source>
            <translation>尚未保存筛选。</translation>
        </message>
        <message>
            <source>Save this filter</source>
            <translation>保存此筛选</translation>
        </message>
        <message>
            <source>Save this filter…</source>
            <translation>保存此筛选…</translation>
        </message>
        <message>
            <source>Saved filters</source>
            <translation>已保存的筛选</translation>
        </message>
        <message>
            <source>What is it called?</source>
            <translation>叫什么名称？</translation>
        </message>
    </context>
    <context>
        <name>ScopeBox</name>
        <message>
            <source>In which pictures</source>
            <translation>在哪些图片中</translation>
        </message>
        <message>
            <source>all pictures</source>
            <translation>所有图片</translation>
        </message>
        <message>
            <source>selected pictures</source>
            <translation>选中的图片</translation>
        </message>
        <message>
            <source>shown pictures</source>
            <translation>显示的图片</translation>
        </message>
    </context>
    <context>
        <name>SettingError</name>
        <message>
            <source>At most {max_length} characters.</source>
            <translation>最多 {max_length} 个字符。</translation>
        </message>
        <message>
            <source>At most {max_length}.</source>
            <translation>最多 {max_length} 个。</translation>
        </message>
        <message>
            <source>Choose at least one.</source>
            <translation>请至少选择一项。</translation>
        </message>
        <message>
            <source>Holds characters that are not allowed here.</source>
            <translation>含有此处不允许的字符。</translation>
        </message>
        <message>
            <source>Is not one of the choices.</source>
            <translation>不在可选项之中。</translation>
        </message>
        <message>
            <source>Must be a number, such as 0.5 or 1e-4.</source>
            <translation>必须是数字，例如 0.5 或 1e-4。</translation>
        </message>
        <message>
            <source>Must be a whole number.</source>
            <translation>必须是整数。</translation>
        </message>
        <message>
            <source>Must be at least {ge}.</source>
            <translation>不能小于 {ge}。</translation>
        </message>
        <message>
            <source>Must be at most {le}.</source>
            <translation>不能大于 {le}。</translation>
        </message>
        <message>
            <source>Must be less than {lt}.</source>
            <translation>必须小于 {lt}。</translation>
        </message>
        <message>
            <source>Must be more than {gt}.</source>
            <translation>必须大于 {gt}。</translation>
        </message>
        <message>
            <source>Must not be empty.</source>
            <translation>不能为空。</translation>
        </message>
        <message>
            <source>This value is not allowed ({detail}).</source>
            <translation>不允许使用这个值（{detail}）。</translation>
        </message>
    </context>
    <context>
        <name>Settings</name>
        <message>
            <source>Kind</source>
            <translation>类型</translation>
        </message>
        <message>
            <source>… and {count} more</source>
            <translation>……以及另外 {count} 项</translation>
        </message>
    </context>
    <context>
        <name>SetupPanel</name>
        <message>
            <source>Copied</source>
            <translation>已复制</translation>
        </message>
        <message>
            <source>Copy the log</source>
            <translation>复制日志</translation>
        </message>
        <message>
            <source>Hide the log</source>
            <translation>收起日志</translation>
        </message>
        <message>
            <source>Installing what training needs; the first time takes some minutes</source>
            <translation>正在安装训练所需的组件，首次需要几分钟</translation>
        </message>
        <message>
            <source>Log of the setting up</source>
            <translation>配置日志</translation>
        </message>
        <message>
            <source>Logging in</source>
            <translation>正在登录</translation>
        </message>
        <message>
            <source>Looking at what the machine has</source>
            <translation>正在检查机器上已有的内容</translation>
        </message>
        <message>
            <source>Sending an installer, because the machine has none</source>
            <translation>机器上没有安装程序，正在发送</translation>
        </message>
        <message>
            <source>Sending the program</source>
            <translation>正在发送程序</translation>
        </message>
        <message>
            <source>Show the log</source>
            <translation>显示日志</translation>
        </message>
        <message>
            <source>Starting the program there</source>
            <translation>正在启动那边的程序</translation>
        </message>
        <message>
            <source>Waiting: another computer is setting up this machine</source>
            <translation>等待中：另一台电脑正在设置这台机器</translation>
        </message>
    </context>
    <context>
        <name>ShortcutOverlay</name>
        <message>
            <source>Change the shortcuts…</source>
            <translation>更改快捷键…</translation>
        </message>
        <message>
            <source>Everywhere</source>
            <translation>所有页面</translation>
        </message>
        <message>
            <source>Shortcuts</source>
            <translation>快捷键</translation>
        </message>
    </context>
    <context>
        <name>SpeedButton</name>
        <message>
            <source>Another limit …</source>
            <translation>另一个上限…</translation>
        </message>
        <message>
            <source>As fast as the line allows</source>
            <translation>线路允许的最快速度</translation>
        </message>
        <message>
            <source>How fast data may travel, each way</source>
            <translation>数据收发的速度，双向各自</translation>
        </message>
        <message>
            <source>Megabytes a second at most:</source>
            <translation>每秒最多多少 MB：</translation>
        </message>
    </context>
    <context>
        <name>StatisticsPanel</name>
        <message>
            <source>Beside “{tag}”</source>
            <translation>与“{tag}”同时出现</translation>
        </message>
        <message>
            <source>Buckets, as they will be trained</source>
            <translation>将要训练的分桶</translation>
        </message>
        <message>
            <source>Captions by their tokens</source>
            <translation>按词元数的说明</translation>
        </message>
        <message>
            <source>Pictures by bucket</source>
            <translation>按分桶的图片</translation>
        </message>
        <message>
            <source>Pictures by tag</source>
            <translation>按标签的图片</translation>
        </message>
        <message>
            <source>Pictures by their shorter side</source>
            <translation>按短边的图片</translation>
        </message>
        <message>
            <source>Shorter side in pixels</source>
            <translation>短边（像素）</translation>
        </message>
        <message>
            <source>Show them</source>
            <translation>显示它们</translation>
        </message>
        <message>
            <source>Shown</source>
            <translation>显示的图片</translation>
        </message>
        <message>
            <source>Tags</source>
            <translation>标签</translation>
        </message>
        <message>
            <source>Tags in the same captions</source>
            <translation>同一说明中的标签</translation>
        </message>
        <message>
            <source>The size of {count} pictures is not known yet.</source>
            <translation>{count} 张图片的大小尚不清楚。</translation>
        </message>
        <message>
            <source>To be trained</source>
            <translation>将要训练</translation>
        </message>
        <message>
            <source>To think about</source>
            <translation>值得考虑</translation>
        </message>
        <message>
            <source>Tokens of the captions</source>
            <translation>说明的词元数</translation>
        </message>
        <message>
            <source>{count} captions are still being counted.</source>
            <translation>仍在统计 {count} 条说明。</translation>
        </message>
        <message>
            <source>{count} of them are smaller than that and enlarged.</source>
            <translation>其中 {count} 张小于此值，会被放大。</translation>
        </message>
        <message>
            <source>{count} pictures</source>
            <translation>{count} 张图片</translation>
        </message>
        <message>
            <source>{count} pictures, {trained} with all crops</source>
            <translation>{count} 张图片，含所有裁剪共 {trained} 张</translation>
        </message>
        <message>
            <source>{count} rarer buckets are not listed.</source>
            <translation>未列出 {count} 个较少的分桶。</translation>
        </message>
        <message>
            <source>{count} rarer tags are not listed.</source>
            <translation>未列出 {count} 个较少的标签。</translation>
        </message>
    </context>
    <context>
        <name>Storage</name>
        <message>
            <source>Base model</source>
            <translation>底模</translation>
        </message>
        <message>
            <source>Base model from this computer</source>
            <translation>来自本机的底模</translation>
        </message>
        <message>
            <source>Cache</source>
            <translation>缓存</translation>
        </message>
        <message>
            <source>Checkpoints</source>
            <translation>检查点</translation>
        </message>
        <message>
            <source>Left by interrupted transfers</source>
            <translation>中断的传输留下的</translation>
        </message>
        <message>
            <source>Pictures</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Run: log, test pictures, results</source>
            <translation>训练：日志、测试图、成果</translation>
        </message>
        <message>
            <source>Token</source>
            <translation>令牌</translation>
        </message>
        <message>
            <source>{what} ({size})</source>
            <translation>{what}（{size}）</translation>
        </message>
    </context>
    <context>
        <name>StorageDialog</name>
        <message>
            <source>Close</source>
            <translation>关闭</translation>
        </message>
        <message>
            <source>Counted on {host} by what it was kept for. What a run still needs cannot be freed.</source>
            <translation>{host} 上的占用，按用途统计。训练仍需要的不能释放。</translation>
        </message>
        <message>
            <source>Disks of {host}</source>
            <translation>{host} 的磁盘</translation>
        </message>
        <message>
            <source>Files</source>
            <translation>文件</translation>
        </message>
        <message>
            <source>Free all leftovers</source>
            <translation>释放所有残留</translation>
        </message>
        <message>
            <source>Free disk space</source>
            <translation>释放磁盘空间</translation>
        </message>
        <message>
            <source>Free what is marked ({size})</source>
            <translation>释放选中的（{size}）</translation>
        </message>
        <message>
            <source>Looking …</source>
            <translation>正在查看…</translation>
        </message>
        <message>
            <source>Marked is what can go without loss: checkpoints of finished runs, caches, and what transfers left.</source>
            <translation>已勾选的可以放心删除：已结束训练的检查点、缓存和传输留下的残余。</translation>
        </message>
        <message>
            <source>Nothing can go without loss any more. Mark what you can do without.</source>
            <translation>已经没有可以放心删除的了。请勾选你不需要的。</translation>
        </message>
        <message>
            <source>Nothing is left: the machine was searched again after the wipe.</source>
            <translation>什么都没有留下：清除后又在机器上查找了一遍。</translation>
        </message>
        <message>
            <source>Programs, environments, runs, pictures, models and tokens go, and nothing of them stays. The machine itself goes on running, and costing, until you stop it at your provider.</source>
            <translation>程序、环境、训练、图片、模型和令牌都会删除，什么都不留。机器本身会继续运行并计费，直到您在服务商那里关机。</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Remove LoRA Ferry and everything it keeps from {host}?</source>
            <translation>从 {host} 删除 LoRA Ferry 和它保存的一切吗？</translation>
        </message>
        <message>
            <source>Remove all of this from {host}?</source>
            <translation>从 {host} 删除这一切吗？</translation>
        </message>
        <message>
            <source>Remove {size} from {host}?</source>
            <translation>从 {host} 删除 {size} 吗？</translation>
        </message>
        <message>
            <source>Shared</source>
            <translation>共用</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>大小</translation>
        </message>
        <message>
            <source>Still there after the wipe: {items}. Stop the runs that use it, then wipe again.</source>
            <translation>清除后还剩下：{items}。停止正在使用它的训练，然后再清除一次。</translation>
        </message>
        <message>
            <source>Uninstall</source>
            <translation>卸载</translation>
        </message>
        <message>
            <source>Uninstall …</source>
            <translation>卸载…</translation>
        </message>
        <message>
            <source>Uninstalled. LoRA Ferry has left nothing on the machine.</source>
            <translation>已卸载。LoRA Ferry 没有在机器上留下任何东西。</translation>
        </message>
        <message>
            <source>Uninstalled. These places hold files of somebody else and were left: {places}</source>
            <translation>已卸载。这些位置有别人的文件，保留了下来：{places}</translation>
        </message>
        <message>
            <source>Uninstalling …</source>
            <translation>正在卸载…</translation>
        </message>
        <message>
            <source>What interrupted transfers left, and caches, which are computed again when they are needed</source>
            <translation>中断的传输留下的内容，以及需要时会重新计算的缓存</translation>
        </message>
        <message>
            <source>What is kept</source>
            <translation>保存的内容</translation>
        </message>
        <message>
            <source>What was not brought home is lost: look at your models first. The machine is searched again afterwards, and you are told what is left.</source>
            <translation>没有带回本机的会丢失：请先看看您的模型。之后会再次在机器上查找，并告诉您还剩什么。</translation>
        </message>
        <message>
            <source>Wipe</source>
            <translation>清除</translation>
        </message>
        <message>
            <source>Wipe everything of yours</source>
            <translation>清除您的一切</translation>
        </message>
        <message>
            <source>Wipe my pictures, models and tokens …</source>
            <translation>清除我的图片、模型和令牌…</translation>
        </message>
        <message>
            <source>Wiping, then looking again …</source>
            <translation>正在清除，然后再查一遍…</translation>
        </message>
        <message>
            <source>Working …</source>
            <translation>处理中…</translation>
        </message>
        <message>
            <source>in use</source>
            <translation>使用中</translation>
        </message>
        <message>
            <source>{size} of yours</source>
            <translation>您占用 {size}</translation>
        </message>
    </context>
    <context>
        <name>Sum</name>
        <message>
            <source>Length of the run</source>
            <translation>训练长度</translation>
        </message>
        <message>
            <source>The LoRA file takes about {size}: {count} million numbers are learned.</source>
            <translation>LoRA 文件约为 {size}：学习 {count} 百万个数值。</translation>
        </message>
        <message>
            <source>approved pictures</source>
            <translation>已采用的图片</translation>
        </message>
        <message>
            <source>epochs</source>
            <translation>轮数</translation>
        </message>
        <message>
            <source>pictures a step</source>
            <translation>每步图片数</translation>
        </message>
        <message>
            <source>regularisation pictures</source>
            <translation>正则化图片</translation>
        </message>
        <message>
            <source>repeats</source>
            <translation>重复次数</translation>
        </message>
        <message>
            <source>steps</source>
            <translation>步数</translation>
        </message>
        <message>
            <source>with the repeats of concepts</source>
            <translation>含概念的重复次数</translation>
        </message>
    </context>
    <context>
        <name>Summary</name>
        <message>
            <source>There is no machine yet. Add one on the Hosts page.</source>
            <translation>还没有机器，请在“主机”页面添加。</translation>
        </message>
        <message>
            <source>Train</source>
            <translation>开始训练</translation>
        </message>
        <message>
            <source>Train on</source>
            <translation>在哪台机器上训练</translation>
        </message>
    </context>
    <context>
        <name>TagCategory</name>
        <message>
            <source>Accessory</source>
            <translation>配饰</translation>
        </message>
        <message>
            <source>Action</source>
            <translation>动作</translation>
        </message>
        <message>
            <source>Animal</source>
            <translation>动物</translation>
        </message>
        <message>
            <source>Artist</source>
            <translation>画师</translation>
        </message>
        <message>
            <source>Background</source>
            <translation>背景</translation>
        </message>
        <message>
            <source>Body</source>
            <translation>身体</translation>
        </message>
        <message>
            <source>Character</source>
            <translation>角色</translation>
        </message>
        <message>
            <source>Clothes</source>
            <translation>服装</translation>
        </message>
        <message>
            <source>Colour</source>
            <translation>颜色</translation>
        </message>
        <message>
            <source>Expression</source>
            <translation>表情</translation>
        </message>
        <message>
            <source>Eyes</source>
            <translation>眼睛</translation>
        </message>
        <message>
            <source>Face</source>
            <translation>面部</translation>
        </message>
        <message>
            <source>Food</source>
            <translation>食物</translation>
        </message>
        <message>
            <source>Framing</source>
            <translation>构图</translation>
        </message>
        <message>
            <source>General</source>
            <translation>一般</translation>
        </message>
        <message>
            <source>Hair</source>
            <translation>头发</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>光线</translation>
        </message>
        <message>
            <source>Medium</source>
            <translation>媒介</translation>
        </message>
        <message>
            <source>Meta</source>
            <translation>元信息</translation>
        </message>
        <message>
            <source>Nature</source>
            <translation>自然</translation>
        </message>
        <message>
            <source>Photo</source>
            <translation>摄影</translation>
        </message>
        <message>
            <source>Place</source>
            <translation>地点</translation>
        </message>
        <message>
            <source>Pose</source>
            <translation>姿势</translation>
        </message>
        <message>
            <source>Quality</source>
            <translation>质量</translation>
        </message>
        <message>
            <source>Series</source>
            <translation>系列</translation>
        </message>
        <message>
            <source>Species</source>
            <translation>物种</translation>
        </message>
        <message>
            <source>Style</source>
            <translation>风格</translation>
        </message>
        <message>
            <source>Thing</source>
            <translation>物品</translation>
        </message>
        <message>
            <source>Vehicle</source>
            <translation>交通工具</translation>
        </message>
        <message>
            <source>View</source>
            <translation>视角</translation>
        </message>
        <message>
            <source>Who</source>
            <translation>人物</translation>
        </message>
    </context>
    <context>
        <name>TagField</name>
        <message>
            <source>Tags that may be meant</source>
            <translation>可能想要的标签</translation>
        </message>
    </context>
    <context>
        <name>TagTools</name>
        <message>
            <source>Import a list of tags</source>
            <translation>导入标签列表</translation>
        </message>
        <message>
            <source>Import a list of tags…</source>
            <translation>导入标签列表…</translation>
        </message>
        <message>
            <source>Lists of tags (*.csv *.txt)</source>
            <translation>标签列表 (*.csv *.txt)</translation>
        </message>
        <message>
            <source>Remove tags that are there twice</source>
            <translation>去除重复的标签</translation>
        </message>
        <message>
            <source>Sort tags</source>
            <translation>标签排序</translation>
        </message>
        <message>
            <source>Sort tags as in a list…</source>
            <translation>按列表排序标签…</translation>
        </message>
        <message>
            <source>Sort tags by the alphabet</source>
            <translation>按字母顺序排序标签</translation>
        </message>
        <message>
            <source>Sort tags by what they speak of</source>
            <translation>按内容排序标签</translation>
        </message>
        <message>
            <source>Sort tags, or import a list of tags</source>
            <translation>标签排序，或导入标签列表</translation>
        </message>
        <message>
            <source>Sort tags: the most common first</source>
            <translation>标签排序：最常见的在前</translation>
        </message>
        <message>
            <source>These tags come first, in this order, with commas between them:</source>
            <translation>以下标签按此顺序排在最前，用逗号分隔：</translation>
        </message>
    </context>
    <context>
        <name>TagsPanel</name>
        <message>
            <source>Add to selected</source>
            <translation>添加到所选</translation>
        </message>
        <message>
            <source>Another name; several become one</source>
            <translation>其他名称；多个会合为一个</translation>
        </message>
        <message>
            <source>Drag tags onto pictures. A double click shows the pictures that have a tag.</source>
            <translation>将标签拖到图片上。双击可显示带有该标签的图片。</translation>
        </message>
        <message>
            <source>Find a tag</source>
            <translation>查找标签</translation>
        </message>
        <message>
            <source>In</source>
            <translation>范围</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>移除</translation>
        </message>
        <message>
            <source>Rename</source>
            <translation>重命名</translation>
        </message>
        <message>
            <source>Show pictures</source>
            <translation>显示图片</translation>
        </message>
        <message>
            <source>Tags of the set</source>
            <translation>数据集的标签</translation>
        </message>
    </context>
    <context>
        <name>TemplateDialog</name>
        <message>
            <source>Captions from a template</source>
            <translation>由模板生成说明</translation>
        </message>
        <message>
            <source>Take over</source>
            <translation>采用</translation>
        </message>
        <message>
            <source>Template</source>
            <translation>模板</translation>
        </message>
        <message>
            <source>These stand for what is known of a picture: {fields}</source>
            <translation>这些代表已知的图片信息：{fields}</translation>
        </message>
        <message>
            <source>{word} means nothing here.</source>
            <translation>{word} 在这里没有意义。</translation>
        </message>
    </context>
    <context>
        <name>TrainedPreview</name>
        <message>
            <source>It has just the pixels needed.</source>
            <translation>像素正好够用。</translation>
        </message>
        <message>
            <source>It has {factor} × more pixels than needed.</source>
            <translation>像素是所需的 {factor} 倍。</translation>
        </message>
        <message>
            <source>Pixels cut off at its sides: {count}</source>
            <translation>两侧裁掉的像素：{count}</translation>
        </message>
        <message>
            <source>Too few pixels: enlarged {factor} ×, which teaches blur.</source>
            <translation>像素太少：放大 {factor} 倍，会教会模糊。</translation>
        </message>
        <message>
            <source>Too small for {width} × {height}, so it is trained smaller.</source>
            <translation>对 {width} × {height} 来说太小，因此以较小尺寸训练。</translation>
        </message>
        <message>
            <source>Trained as {width} × {height}</source>
            <translation>以 {width} × {height} 训练</translation>
        </message>
    </context>
    <context>
        <name>TriggerCard</name>
        <message>
            <source>For example: zorblax</source>
            <translation>例如：zorblax</translation>
        </message>
        <message>
            <source>Which word shall call it?</source>
            <translation>用哪个词唤出它？</translation>
        </message>
        <message>
            <source>Write this trigger word into a prompt to get what was learned. A made-up word works best.</source>
            <translation>把这个触发词写进提示词，就能得到所学的内容。最好自造一个词。</translation>
        </message>
    </context>
    <context>
        <name>Vendor</name>
        <message>
            <source>/hy-tmp is cleared 24 hours after a stop, and the instance is released after 10 days.</source>
            <translation>关机 24 小时后 /hy-tmp 会被清空，10 天后实例被释放。</translation>
        </message>
        <message>
            <source>A stopped instance costs nothing but storage that was bought on top. Its card is not reserved: another may have it when you start again.</source>
            <translation>关机的实例除了另外购买的存储外不计费。显卡不保留：再开机时可能已被别人占用。</translation>
        </message>
        <message>
            <source>A stopped instance starts again only on the same machine, when its cards are free.</source>
            <translation>停止的实例只能在同一台机器上、显卡空闲时再启动。</translation>
        </message>
        <message>
            <source>A stopped pod costs twice the running price of its volume disk. When it is started again, no graphics card may be free.</source>
            <translation>停止的 Pod 的卷磁盘按运行时两倍的价格计费。再启动时可能没有空闲显卡。</translation>
        </message>
        <message>
            <source>An instance can only be terminated, which keeps nothing but a file system under /lambda/nfs.</source>
            <translation>实例只能终止，除了 /lambda/nfs 下的文件系统外什么都不保留。</translation>
        </message>
        <message>
            <source>An instance that stays switched off is released after 15 days with all that is on it (after 7 days where it was rented at the tidal price).</source>
            <translation>一直关机的实例会在 15 天后连同其中的一切被释放（以潮汐价租用的为 7 天）。</translation>
        </message>
        <message>
            <source>Another machine</source>
            <translation>其他机器</translation>
        </message>
        <message>
            <source>AutoDL</source>
            <translation>AutoDL</translation>
        </message>
        <message>
            <source>It is not known what stopping this machine keeps, so it is never stopped by itself.</source>
            <translation>不清楚这台机器关机后保留什么，所以从不自动关机。</translation>
        </message>
        <message>
            <source>Lambda</source>
            <translation>Lambda</translation>
        </message>
        <message>
            <source>On the machine itself, or in a terminal that your provider shows in the browser, run: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</source>
            <translation>在机器上，或在服务商网页提供的终端里运行：ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub</translation>
        </message>
        <message>
            <source>Open the pod in the RunPod console and look at its container log: after “SSH host keys:” it lists all fingerprints. Each start of a pod makes new keys.</source>
            <translation>在 RunPod 控制台打开该 Pod，查看容器日志：“SSH host keys:” 之后列出了所有指纹。Pod 每次启动都会生成新密钥。</translation>
        </message>
        <message>
            <source>RunPod</source>
            <translation>RunPod</translation>
        </message>
        <message>
            <source>Shutting the machine down does not stop the bill: terminate the instance in the console once everything is on your computer.</source>
            <translation>在系统里关机不会停止计费：一切都在您的电脑上之后，请在控制台终止实例。</translation>
        </message>
        <message>
            <source>Stop the instance in the console once everything is on your computer.</source>
            <translation>一切都在您的电脑上之后，请在控制台停止实例。</translation>
        </message>
        <message>
            <source>Stop the machine at your provider once everything is on your computer.</source>
            <translation>一切都在您的电脑上之后，请到服务商那里关机。</translation>
        </message>
        <message>
            <source>Stopping keeps /workspace and wipes everything else on the pod.</source>
            <translation>停止后保留 /workspace，Pod 上的其他内容全部清除。</translation>
        </message>
        <message>
            <source>Stopping keeps all disks of the instance.</source>
            <translation>关机后保留实例的所有磁盘。</translation>
        </message>
        <message>
            <source>Stopping keeps the whole disk.</source>
            <translation>停止后保留整个磁盘。</translation>
        </message>
        <message>
            <source>Stopping resets /root, and /hy-tmp is cleared 24 hours after the stop: nothing is safe there.</source>
            <translation>关机会重置 /root，/hy-tmp 在关机 24 小时后清空：那里没有安全的地方。</translation>
        </message>
        <message>
            <source>The AutoDL console shows no fingerprint. Compare address, port and password with the instance's row. Changing the image of an instance gives it a new key.</source>
            <translation>AutoDL 控制台不显示指纹。请把地址、端口和密码与实例所在行对照。更换实例的镜像会换新密钥。</translation>
        </message>
        <message>
            <source>The Lambda console shows no fingerprint. Its web terminal (JupyterLab) does: run ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there.</source>
            <translation>Lambda 控制台不显示指纹，但它的网页终端（JupyterLab）可以：在那里运行 ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub。</translation>
        </message>
        <message>
            <source>The Vast.ai console shows no fingerprint. Connect only to an instance that you have just rented, and compare address and port with its card.</source>
            <translation>Vast.ai 控制台不显示指纹。只连接您刚租的实例，并把地址和端口与它的卡片对照。</translation>
        </message>
        <message>
            <source>The console shows no fingerprint. Compare address, port and password with the instance's row.</source>
            <translation>控制台不显示指纹。请把地址、端口和密码与实例所在行对照。</translation>
        </message>
        <message>
            <source>The disk of a stopped instance is billed for ever; only destroying the instance ends that. Some offers bill each byte that goes in or out.</source>
            <translation>停止的实例的磁盘会一直计费，只有销毁实例才会结束。有些报价按进出的流量计费。</translation>
        </message>
        <message>
            <source>Vast.ai</source>
            <translation>Vast.ai</translation>
        </message>
        <message>
            <source>When the balance reaches zero, a pod without a network volume is deleted for good.</source>
            <translation>余额为零时，没有网络卷的 Pod 会被永久删除。</translation>
        </message>
        <message>
            <source>恒源云</source>
            <translation>恒源云</translation>
        </message>
    </context>
    <context>
        <name>ViewerMode</name>
        <message>
            <source>Larger (+)</source>
            <translation>放大（+）</translation>
        </message>
        <message>
            <source>Picture</source>
            <translation>图片</translation>
        </message>
        <message>
            <source>Smaller (−)</source>
            <translation>缩小（−）</translation>
        </message>
        <message>
            <source>The whole picture, or its pixels one by one (Z)</source>
            <translation>整张图片，或逐像素显示（Z）</translation>
        </message>
        <message>
            <source>This picture cannot be read.</source>
            <translation>无法读取这张图片。</translation>
        </message>
        <message>
            <source>{number} %</source>
            <translation>{number} %</translation>
        </message>
    </context>
    <context>
        <name>_Count</name>
        <message>
            <source>Call off</source>
            <translation>取消</translation>
        </message>
        <message>
            <source>Count again</source>
            <translation>重新计时</translation>
        </message>
        <message>
            <source>Until something goes on here again; the other guards stay.</source>
            <translation>直到这里又有事情进行；其他防护不变。</translation>
        </message>
    </context>
    <context>
        <name>_Delegate</name>
        <message>
            <source>No caption</source>
            <translation>没有说明</translation>
        </message>
        <message>
            <source>Stays as it is</source>
            <translation>保持不变</translation>
        </message>
    </context>
</TS>
