"""The groups in which the form, the README's table and a saved file show parameters, in this order."""

GROUPS: dict[str, tuple[str, str]] = {
    "model": ("Model", "模型"),
    "data": ("Data", "数据"),
    "method": ("Method", "方法"),
    "adapter": ("Adapter", "适配器"),
    "quantisation": ("Quantisation", "量化"),
    "schedule": ("How long", "时长"),
    "optimiser": ("Optimiser", "优化器"),
    "precision": ("Precision and speed", "精度与速度"),
    "evaluation": ("Evaluation", "验证"),
    "saving": ("Saving and logging", "保存与日志"),
    "preference": ("Preference", "偏好"),
    "ppo": ("PPO", "PPO"),
    "predict": ("Predict and chat", "预测与对话"),
    "export": ("Export", "导出"),
    "exam": ("Exam", "考试"),
}
"""Group id -> (English title, Chinese title)."""
